#include "frontend/function/eager.h"

#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "frontend/autodiff/recording.h"
#include "frontend/function/execute.h"
#include "frontend/tensor/storage.h"

namespace etch {

namespace {
thread_local Policy thread_policy = Policy::standard;
}
Policy policy() { return thread_policy; }
Policy set_policy(Policy policy) {
  Policy previous = thread_policy;
  thread_policy = policy;
  return previous;
}

namespace detail {

uint64_t OpKey::hash() const {
  uint64_t state = 0x9E3779B97F4A7C15ull;
  auto mix = [&](uint64_t word) {
    unsigned __int128 product = static_cast<unsigned __int128>(state ^ word) * 0xD6E8FEB86659FD93ull;
    state = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  };
  for (size_t i = 0; i < size_; ++i) mix(inline_[i]);
  for (uint64_t word : more_) mix(word);
  return state;
}

namespace {

struct KeyHash {
  size_t operator()(const OpKey &key) const { return key.hash(); }
};

struct OneOpFunctions {
  std::shared_mutex mutex;
  std::unordered_map<OpKey, std::shared_ptr<const CompiledProgram>, KeyHash> by_key;
};

OneOpFunctions &one_op_functions() {
  // Never destroyed: threads may still compute while statics are torn down.
  static auto *functions = new OneOpFunctions;
  return *functions;
}

// Extents of 1 stay in the key, because they broadcast; other extents are unknown to the compiled function, so that one
// function serves every size (docs/decisions/0002-unknown-extents.md).
void add_operand(OpKey &key, const Tensor &operand) {
  const TensorType &type = operand.body()->type;
  uint64_t ones = 0;
  for (int axis = 0; axis < type.shape.rank(); ++axis) ones |= static_cast<uint64_t>(type.shape[axis] == 1) << axis;
  key.add(static_cast<uint64_t>(type.dtype) << 16 | static_cast<uint64_t>(type.shape.rank()) << 8 | ones);
  if (key.is_static())
    for (int64_t extent : type.shape) key.add(static_cast<uint64_t>(extent));
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
                                             static_cast<int>(i), false, at));
    program = trace.finish_function({body(symbolic)}, at);
  }
  return program;
}

}  // namespace

void require_concrete(const Tensor &tensor, Location at) {
  const TensorBody *body = tensor.body();
  if (!body) throw UserError("an empty Tensor was used; assign it a value first", at);
  if (!body->token) return;
  std::string where = "a tensor made while tracing '" + body->token->name + "' at " + to_string(body->created);
  if (body->token->trace)
    throw UserError(
        where + " was used where ops run at once (inside init_scope, or on another thread), so it has no value", at);
  throw UserError(
      where +
          " was used after that trace was over; it never had a value. Return it from the function, or assign "
          "it to an etch::Variable, instead of keeping it in a global, a member or a capture",
      at);
}

namespace {

/// The function of a key with its operands: found, or made. Null: this op needs exact shapes.
std::shared_ptr<const CompiledProgram> find_or_make(OpKey key, std::span<const Tensor> operands, Location at,
                                                    OpBody body) {
  for (const Tensor &operand : operands) add_operand(key, operand);
  OneOpFunctions &functions = one_op_functions();
  {
    std::shared_lock lock(functions.mutex);
    if (auto found = functions.by_key.find(key); found != functions.by_key.end()) return found->second;
  }
  // Two threads may both compile the same op; the first to finish wins, and nobody waits for another op.
  Program program = trace_one_op(key, operands, at, body);
  std::shared_ptr<const CompiledProgram> compiled;
  try {
    compiled = compile(std::move(program), name_of_function(key), policy());
  } catch (const UserError &) {
    // A well-formed op that cannot be compiled for unknown extents is compiled for each shape.
    if (key.is_static()) throw;
  }
  std::unique_lock lock(functions.mutex);
  return functions.by_key.try_emplace(std::move(key), compiled).first->second;
}

}  // namespace

Tensor run_op(OpKey key, std::span<const Tensor> operands, Location at, OpBody body) {
  if (Trace::current()) return body(operands);
  key.add(static_cast<uint64_t>(policy()));
  for (const Tensor &operand : operands) require_concrete(operand, at);
  std::shared_ptr<const CompiledProgram> compiled;
  try {
    compiled = find_or_make(key, operands, at, body);
  } catch (const UserError &) {
    if (key.is_static()) throw;
    // The same error, with the extents that came.
    find_or_make(OpKey(key).static_shapes(), operands, at, body);
    throw;
  }
  if (!compiled) compiled = find_or_make(OpKey(key).static_shapes(), operands, at, body);
  Leaf leaves[16];
  std::vector<Leaf> many;
  Leaf *begin = leaves;
  if (operands.size() > std::size(leaves)) {
    many.resize(operands.size());
    begin = many.data();
  }
  for (size_t i = 0; i < operands.size(); ++i)
    begin[i] = {operands[i].body()->data, &operands[i].body()->type, operands[i].body()};
  std::vector<Tensor> outputs;
  execute(*compiled, compiled->program, {begin, operands.size()}, {}, outputs);
  if (is_recording()) record(compiled->program.tape, operands, outputs);
  return std::move(outputs[0]);
}

Tensor literal(DType dtype, double floating, int64_t integer, bool from_floating, Location at) {
  if (Trace::current()) return emit_splat({dtype, {}}, floating, integer, from_floating, at);
  return number(dtype, floating, integer, from_floating);
}

}  // namespace detail
}  // namespace etch
