#include "frontend/function/eager.h"

#include "frontend/autodiff/recording.h"
#include "frontend/function/one_op_functions.h"
#include "frontend/tensor/storage.h"

namespace etch {

Policy policy() { return static_cast<Policy>(detail::thread_state.context & detail::ThreadState::kPolicy); }
Policy set_policy(Policy chosen) {
  using detail::ThreadState;
  Policy previous = policy();
  uint64_t &context = detail::thread_state.context;
  context = (context & ~ThreadState::kPolicy) | static_cast<uint64_t>(chosen);
  return previous;
}

namespace detail {

namespace {

// Extents of 1 stay in the key, because they broadcast; other extents are unknown to the compiled function, so that one
// function serves every size (docs/decisions/0002-unknown-extents.md).
OpKey types_of(std::span<const Tensor> operands, bool is_static) {
  OpKey key;
  key.add(thread_state.context & ThreadState::kSignature);
  for (const Tensor &operand : operands) {
    const TensorType &type = operand.body()->type;
    uint64_t ones = 0;
    for (int axis = 0; axis < type.shape.rank(); ++axis) ones |= static_cast<uint64_t>(type.shape[axis] == 1) << axis;
    key.add(static_cast<uint64_t>(operand.body()->weak) << 32 | static_cast<uint64_t>(type.dtype) << 16 |
            static_cast<uint64_t>(type.shape.rank()) << 8 | ones);
    if (is_static)
      for (int64_t extent : type.shape) key.add(static_cast<uint64_t>(extent));
  }
  return key;
}

TensorType generalised(const TensorType &type, bool is_static) {
  TensorType general = type;
  if (!is_static)
    for (int axis = 0; axis < general.shape.rank(); ++axis)
      if (general.shape[axis] != 1) general.shape[axis] = kDynamic;
  return general;
}

const char *name_of_function(const OpKey &key) { return key.name() ? key.name() : "op"; }

Program trace_one_op(const OpKey &key, std::span<const Tensor> operands, Location at, OpBody body) {
  std::string name = name_of_function(key);
  Trace trace(Trace::Kind::function, name, at);
  Program program;
  {
    TraceScope scope(&trace);
    std::vector<Tensor> symbolic;
    for (size_t i = 0; i < operands.size(); ++i)
      symbolic.push_back(trace.add_parameter(generalised(operands[i].type(), key.is_static()), "x" + std::to_string(i),
                                             static_cast<int>(i), operands[i].body()->weak, at));
    const Tensor result = body(symbolic);
    program = trace.finish_function({result}, at);
    program.is_weak = result.body()->weak;
  }
  return program;
}

}  // namespace

void fail_not_concrete(const Tensor &tensor, Location at) {
  at = place_of(at);
  const TensorBody *body = tensor.body();
  if (!body) fail_empty_tensor(at);
  if (body->deleted)
    throw UserError("a tensor was used that was donated at " + to_string(body->created) +
                        ": its memory belongs to the results of that call. Use the result, or do not donate it",
                    at);
  if (!body->token->trace) fail_leaked(*body, at);
  throw UserError("a tensor made while tracing '" + body->token->name + "' at " + to_string(body->created) +
                      " was used where ops run at once (inside init_scope, or on another thread), so it has no value",
                  at);
}

namespace {

/// The function of a key with its operands: found, or made. It lives until the frame looks for another.
const OneOpFunctions::Entry &find_or_make(const OpKey &key, std::span<const Tensor> operands, Location at, OpBody body,
                                          CallFrame &frame) {
  OneOpFunctions &functions = OneOpFunctions::instance();
  const OpKey types = types_of(operands, key.is_static());
  for (;;) {
    if (const OneOpFunctions::Entry *found = functions.find(key, types, frame)) [[likely]]
      return *found;
    // Two threads may both compile the same op, and nobody waits for another op.
    Program program = trace_one_op(key, operands, at, body);
    std::shared_ptr<const CompiledProgram> compiled;
    try {
      compiled = compile(std::move(program), name_of_function(key), policy());
    } catch (const UserError &) {
      // A well-formed op that cannot be compiled for unknown extents is compiled for each shape. What stands in the
      // way of every compilation (no memory, no compiler) says nothing about the op, and fails again here.
      if (key.is_static()) throw;
      find_or_make(OpKey(key).static_shapes(), operands, at, body, frame);
    }
    functions.insert(key, types, std::move(compiled));
  }
}

const CompiledProgram &function_for(const OpKey &key, std::span<const Tensor> operands, Location at, OpBody body,
                                    CallFrame &frame) {
  try {
    const OneOpFunctions::Entry &entry = find_or_make(key, operands, at, body, frame);
    if (entry.compiled) [[likely]]
      return *entry.compiled;
  } catch (const UserError &) {
    if (key.is_static()) throw;
    // The same error, with the extents that came.
    find_or_make(OpKey(key).static_shapes(), operands, at, body, frame);
    throw;
  }
  return *find_or_make(OpKey(key).static_shapes(), operands, at, body, frame).compiled;
}

/// The code names the line that it was compiled for, and extents that it did not know.
[[noreturn]] void fail_here(const UserError &error, const OpKey &key, std::span<const Tensor> operands, Location at,
                            OpBody body) {
  trace_one_op(OpKey(key).static_shapes(), operands, at, body);  // throws where the extents that came do not fit
  throw UserError(error.message(), place_of(at));
}

}  // namespace

Tensor run_op(const OpKey &key, std::span<const Tensor> operands, Location at, OpBody body) {
  if (Trace::current()) return body(operands);
  for (const Tensor &operand : operands) require_concrete(operand, at);
  CallScope frame;
  const CompiledProgram &compiled = function_for(key, operands, at, body, *frame);
  frame->reserve(std::max(num_slots(compiled.program), operands.size() * kMaxRank));
  int64_t *dim = frame->dims;
  for (size_t i = 0; i < operands.size(); ++i) {
    const TensorBody &operand = *operands[i].body();
    frame->slots[i] = operand.data;
    if (compiled.is_static) continue;
    for (int axis = 0; axis < operand.type.shape.rank(); ++axis)
      if (operand.type.shape[axis] != 1) *dim++ = operand.type.shape[axis];
  }
  try {
    execute(compiled, compiled.program, frame->slots, frame->dims, {}, frame->outputs);
  } catch (const UserError &error) {
    fail_here(error, key, operands, at, body);
  }
  frame->outputs[0].body()->created = place_of(at);
  frame->outputs[0].body()->weak = compiled.program.is_weak;
  if (is_recording()) record(compiled.program, operands, frame->outputs);
  return std::move(frame->outputs[0]);
}

Tensor literal(DType dtype, double floating, int64_t integer, bool from_floating, Location at) {
  if (Trace::current()) return emit_splat({dtype, {}}, floating, integer, from_floating, at);
  return number(dtype, floating, integer, from_floating);
}

}  // namespace detail
}  // namespace etch
