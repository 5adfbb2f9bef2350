#include "frontend/function/donation.h"

#include <algorithm>

#include "etch/memory.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/storage.h"
#include "runtime/base/log.h"

namespace etch {

Tensor donate(const Tensor &tensor, std::source_location at) {
  if (tensor.is_symbolic()) return tensor;
  detail::require_concrete(tensor, at);
  // A handle of its own, so that only the call that it is written in takes the donation.
  Tensor handle = detail::adopt(tensor.type(), detail::buffer_of(tensor));
  auto &body = static_cast<detail::TensorStorage &>(*handle.body());
  body.weak = tensor.body()->weak;
  body.donated = true;
  body.created = at;
  body.donor = tensor;
  return handle;
}

namespace detail {
namespace {

TensorStorage &leaf_body(const CallFrame &frame, size_t leaf) {
  return static_cast<TensorStorage &>(const_cast<TensorBody &>(*frame.bodies[leaf]));
}

/// The tensor that the user holds.
TensorStorage &owner_of(TensorStorage &body) {
  return body.donated ? static_cast<TensorStorage &>(*body.donor.body()) : body;
}

void delete_elements(TensorStorage &body, Location at) {
  body.buffer.reset();
  body.data = nullptr;
  body.deleted = true;
  body.created = at;
}

std::string path_of_leaf(const ConcreteState &state, size_t leaf) {
  for (const LeafInfo &info : state.arguments)
    if ((info.kind == LeafInfo::Kind::tensor || info.kind == LeafInfo::Kind::scalar) && leaf-- == 0) return info.path;
  return "?";
}

void check_donation(const ConcreteState &state, const CallFrame &frame, size_t leaf, Location at) {
  const TensorStorage &own = owner_of(leaf_body(frame, leaf));
  auto fail = [&](const std::string &what) {
    throw UserError("[donate] the argument '" + path_of_leaf(state, leaf) + "' of '" + state.name + "' " + what, at);
  };
  if (own.of_variable)
    fail("is the value of a Variable, which would lose it; pass the Variable itself: assignments to it are in place");
  for (size_t other = 0; other < state.program.num_leaves; ++other)
    if (other != leaf && frame.bodies[other] && &owner_of(leaf_body(frame, other)) == &own)
      fail("is passed twice; a donated tensor may be passed once");
  for (const Binding &binding : state.program.bindings)
    if (binding.tensor.body() == &own) fail("is also captured by the function; pass it as an argument only");
}

/// Makes the results that replace arguments; the slots of those arguments point into them.
void take_donations(const ConcreteState &state, CallFrame &frame, Location at) {
  const Program &program = state.program;
  for (size_t leaf : program.donated) check_donation(state, frame, leaf, at);
  for (int i = 0; i < program.num_outputs; ++i) {
    const int32_t leaf = program.tape->updates[static_cast<size_t>(i)];
    if (leaf < 0) continue;
    TensorStorage &body = leaf_body(frame, static_cast<size_t>(leaf));
    BufferRef buffer = body.buffer;
    // The handle, the tensor and we; who else holds the buffer (a reshape of it) must keep seeing the old elements.
    const uint32_t ours = body.donated ? 3 : 2;
    if (buffer.use_count() > ours) buffer = buffer_of(copy_of(body.type, body.data));
    frame.slots[leaf] = buffer->data();
    frame.donated.push_back(
        adopt(program.tape->types[program.tape->results[static_cast<size_t>(i)]], std::move(buffer)));
  }
}

void delete_donations(const ConcreteState &state, CallFrame &frame, Location at) {
  for (size_t leaf : state.program.donated) {
    TensorStorage &body = leaf_body(frame, leaf);
    const Location line = body.donated ? body.created : at;
    delete_elements(owner_of(body), line);
    if (body.donated) delete_elements(body, line);
  }
}

}  // namespace

void run_donating(const ConcreteState &state, const CompiledProgram &compiled, CallFrame &frame, Location at) {
  struct Taken {
    std::vector<Tensor> &results;
    ~Taken() { results.clear(); }  // also when the call fails
  } taken{frame.donated};
  if (!state.program.donated.empty()) take_donations(state, frame, at);
  execute(compiled, compiled.program, frame.slots, frame.dims, {frame.variables, frame.num_variables}, frame.outputs,
          frame.donated);
  delete_donations(state, frame, at);
}

void warn_of_unused_donations(const ConcreteState &state) {
  const Program &program = state.program;
  const auto begin = program.tape->updates.begin(), end = begin + program.num_outputs;
  for (size_t leaf : program.donated)
    if (std::find(begin, end, static_cast<int32_t>(leaf)) == end)
      log(LogLevel::warning, "[donate] the argument '" + path_of_leaf(state, leaf) + "' of '" + state.name + "' at " +
                                 to_string(state.first_call) +
                                 " cannot be used: no result has its dtype and shape, known in full. The tensor is "
                                 "deleted all the same");
}

}  // namespace detail
}  // namespace etch
