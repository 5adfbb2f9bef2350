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
  return static_cast<TensorStorage &>(const_cast<TensorBody &>(*frame.scratch.leaves[leaf].body));
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
  for (size_t other = 0; other < frame.scratch.leaves.size(); ++other)
    if (other != leaf && frame.scratch.leaves[other].body && &owner_of(leaf_body(frame, other)) == &own)
      fail("is passed twice; a donated tensor may be passed once");
  for (const Binding &binding : state.program.bindings)
    if (binding.tensor.body() == &own) fail("is also captured by the function; pass it as an argument only");
}

}  // namespace

std::vector<BufferRef> take_donations(const ConcreteState &state, CallFrame &frame, Location at) {
  std::vector<BufferRef> buffers;
  const Program &program = state.program;
  if (program.donated.empty()) return buffers;
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
    buffers.push_back(std::move(buffer));
  }
  return buffers;
}

void delete_donations(const ConcreteState &state, CallFrame &frame, Location at) {
  for (size_t leaf : state.program.donated) {
    TensorStorage &body = leaf_body(frame, leaf);
    const Location line = body.donated ? body.created : at;
    delete_elements(owner_of(body), line);
    if (body.donated) delete_elements(body, line);
  }
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
