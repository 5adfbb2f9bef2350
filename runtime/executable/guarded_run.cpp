#include "runtime/executable/guarded_run.h"

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/dtype.h"
#include "runtime/base/error.h"
#include "runtime/base/shape.h"
#include "runtime/memory/buffer.h"

namespace etch::runtime {
namespace {

constexpr int64_t kUnknownBytes = -1;

/// Bytes of one argument or result; its unknown extents are the next ones of `extents`.
int64_t bytes_of(const etch_value_spec &spec, const int64_t *&extents) {
  auto bytes = static_cast<int64_t>(size_of(static_cast<DType>(spec.dtype)));
  bool known = true;
  for (uint8_t axis = 0; axis < spec.rank; ++axis) {
    const int64_t extent = spec.dims[axis] >= 0 ? spec.dims[axis] : extents ? *extents++ : kDynamic;
    known &= extent >= 0;
    bytes *= extent;
  }
  return known ? bytes : kUnknownBytes;
}

/// A caller's memory, and the copy of it that the program works on.
struct Operand {
  GuardedMemory copy;
  std::string name;
  bool is_result = false;
};

class GuardedOperands {
 public:
  explicit GuardedOperands(GuardedEnd end) : end_(end) {}

  /// The address of the copy for memory of the caller: the same one each time, as variables are argument and result.
  void *add(void *memory, int64_t bytes, const std::string &name, bool is_result) {
    if (!memory || bytes == kUnknownBytes) return memory;
    auto [entry, is_new] =
        operands_.try_emplace(memory, Operand{GuardedMemory(static_cast<size_t>(bytes), end_, 1), name, is_result});
    Operand &operand = entry->second;
    if (is_new && !is_result) std::memcpy(operand.copy.data(), memory, static_cast<size_t>(bytes));
    operand.is_result |= is_result;
    return operand.copy.data();
  }

  void protect_arguments() {
    for (auto &[memory, operand] : operands_)
      if (!operand.is_result) operand.copy.forbid_writes();
  }

  void finish(const char *program) {
    for (auto &[memory, operand] : operands_) {
      if (!operand.copy.is_slack_untouched())
        throw InternalError("compiled code of '" + std::string(program) + "' wrote outside of " + operand.name);
      if (operand.is_result) std::memcpy(memory, operand.copy.data(), operand.copy.bytes());
    }
  }

 private:
  GuardedEnd end_;
  std::map<void *, Operand> operands_;
};

}  // namespace

int32_t run_guarded(const etch_program &program, const etch_call &call, int64_t arena_bytes,
                    const int64_t *result_extents, GuardedEnd end) {
  GuardedOperands operands(end);
  std::vector<void *> args, results;
  const int64_t *extents = call.dims;
  for (uint32_t i = 0; i < program.num_args; ++i)
    args.push_back(
        operands.add(call.args[i], bytes_of(program.args[i], extents), "argument " + std::to_string(i), false));
  for (uint32_t i = 0; i < program.num_results; ++i)
    results.push_back(operands.add(call.results[i], bytes_of(program.results[i], result_extents),
                                   "result " + std::to_string(i), true));
  operands.protect_arguments();
  const GuardedMemory arena(static_cast<size_t>(arena_bytes), end, kBufferAlignment);
  etch_call guarded = call;
  guarded.args = args.data();
  guarded.results = results.data();
  guarded.arena = arena.data();
  const int32_t status = program.entry(&guarded);
  if (!arena.is_slack_untouched())
    throw InternalError("compiled code of '" + std::string(program.name) + "' wrote outside of its arena");
  operands.finish(program.name);
  return status;
}

}  // namespace etch::runtime
