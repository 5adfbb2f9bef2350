// Signatures: comparing variables, and making the table of a function's traces.

#include "etch/detail/call_table.h"

#include <algorithm>

#include "frontend/function/concrete_state.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/storage.h"

namespace etch::detail {

const CallTarget &target_of(const ConcreteState &state) { return state.target; }

void SignatureMatcher::leaf(const Variable &variable) {
  VariableState *state = variable.state().get();
  if (!key_ || !state || *key_ != signature::variable_word(state->type)) return fail();
  ++key_;
  for (int64_t extent : state->type.shape)
    if (*key_++ != static_cast<uint64_t>(extent)) return fail();
  VariableState **known = frame_.variables, **end = known + frame_.num_variables;
  const size_t alias = static_cast<size_t>(std::find(known, end, state) - known);
  if (*key_++ != alias || frame_.num_variables == frame_.capacity) return fail();
  frame_.variables[frame_.num_variables++] = state;
}

bool accepts_variables(const CallTarget &target, const CallFrame &frame) {
  return target.state->accepts_variables({frame.variables, frame.num_variables});
}

void KeyWriter::leaf(const Scalar &scalar) {
  static const TensorType types[] = {{boolean, {}}, {i64, {}}, {f64, {}}};
  const TensorType &type = types[scalar.kind() == boolean ? 0 : scalar.kind() == i64 ? 1 : 2];
  const bool is_symbolic = scalar.is_symbolic();
  if (!scalar.data() && !(is_symbolic && accepts_ == Accepts::symbolic)) fail(scalar.tensor());
  scratch_.words.push_back(signature::kScalar | static_cast<uint64_t>(type.dtype));
  add_leaf({scalar.data(), &type, is_symbolic ? scalar.tensor().body() : nullptr});
}

void KeyWriter::leaf(const Variable &variable) {
  if (!variable.defined()) fail_empty_variable(at_);
  const TensorType &type = variable.type();
  scratch_.words.push_back(signature::variable_word(type));
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

Tensor abstract_tensor(const Spec &spec, Location at) {
  for (int64_t extent : spec.shape)
    if (extent < 0 && extent != kDynamic)
      throw UserError("a Spec has the extent " + std::to_string(extent) +
                          "; extents are 0 or more, or etch::kDynamic where they are unknown",
                      at);
  Tensor tensor = adopt({spec.dtype, spec.shape}, BufferRef::allocate(0));
  tensor.body()->data = nullptr;
  return tensor;
}

}  // namespace etch::detail
