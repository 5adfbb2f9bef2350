// What a call needs besides the user's code, kept by each thread.

#include "etch/detail/function_core.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/storage.h"

namespace etch::detail {
namespace {

struct ScratchStack {
  std::vector<std::unique_ptr<CallScratch>> by_depth;
  size_t depth = 0;
};
thread_local ScratchStack stack;

}  // namespace

CallScope::CallScope() {
  if (stack.depth == stack.by_depth.size()) stack.by_depth.push_back(std::make_unique<CallScratch>());
  scratch_ = stack.by_depth[stack.depth++].get();
  scratch_->clear();
}

CallScope::~CallScope() {
  scratch_->clear();
  --stack.depth;
}

void KeyWriter::leaf(const Scalar &scalar) {
  static const TensorType types[] = {{boolean, {}}, {i64, {}}, {f64, {}}};
  const TensorType &type = types[scalar.kind() == boolean ? 0 : scalar.kind() == i64 ? 1 : 2];
  if (scalar.is_symbolic()) fail(scalar.tensor());
  scratch_.words.push_back(kScalar | static_cast<uint64_t>(type.dtype));
  add_leaf({scalar.data(), &type, nullptr});
}

void KeyWriter::leaf(const Variable &variable) {
  const TensorType &type = variable.type();
  scratch_.words.push_back(kVariable | static_cast<uint64_t>(type.dtype) << 8 |
                           static_cast<uint64_t>(type.shape.rank()));
  for (int64_t extent : type.shape) scratch_.words.push_back(static_cast<uint64_t>(extent));
  // The alias class: which variables of the call are the same one.
  size_t alias = 0;
  while (alias < scratch_.variables.size() && scratch_.variables[alias] != variable.state()) ++alias;
  scratch_.words.push_back(alias);
  scratch_.variables.push_back(variable.state());
}

void KeyWriter::fail(const Tensor &tensor) {
  require_concrete(tensor, at_);
  throw UserError("a tensor without elements was passed to a function", at_);
}

Tensor abstract_tensor(const Spec &spec) {
  for (int64_t extent : spec.shape)
    if (extent < 0 && extent != kDynamic)
      throw UserError("a Spec has the extent " + std::to_string(extent) +
                      "; extents are 0 or more, or etch::kDynamic where they are unknown");
  Tensor tensor = adopt({spec.dtype, spec.shape}, BufferRef::allocate(0));
  tensor.body()->data = nullptr;
  return tensor;
}

}  // namespace etch::detail
