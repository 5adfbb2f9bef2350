#pragma once
// A compiled program and the one way to run it.

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/base/shape.h"
#include "runtime/base/tensor_type.h"
#include "runtime/executable/abi.h"
#include "runtime/executable/blocks.h"

namespace etch::runtime {

/// Throws UserError when this runtime or this machine cannot run `program`: another ABI version (recompile), or a CPU
/// feature that is missing (named).
void check_program(const etch_program &program);

/// One run of a checked program, from its sizes to its end. Scratch is the thread's, reused from run to run; runs nest,
/// because a host function may run programs itself.
///
///     RunScope run(program);
///     const int64_t *extents = run.result_dims(dims);   // only with unknown extents; then the results are allocated
///     run(args, dims, results);
class RunScope {
 public:
  explicit RunScope(const etch_program &program);
  ~RunScope();
  RunScope(const RunScope &) = delete;
  RunScope &operator=(const RunScope &) = delete;
  /// Every unknown extent of the results, in order, for these unknown extents of the arguments (kDynamic where data
  /// decides); valid while the scope is. Throws UserError when they do not fit each other.
  const int64_t *result_dims(const int64_t *dims);
  /// Throws UserError when a check fails, and whatever a host function throws; see Executable::run.
  /// `weights`: the copies of arguments that the program asks for (runtime/executable/weights.h).
  void operator()(void *const *args, const int64_t *dims, void *const *results, const void *const *weights = nullptr);
  /// After the run: the results whose extents data decided on.
  std::vector<RunTimeResult> &run_time_results();

 private:
  struct Frame;
  struct ThreadFrames;
  static Frame *make_frame();
  int32_t run_guarded(const etch_call &call);
  const etch_program &program_;
  Frame *frame_;
  int64_t arena_bytes_;
};

/// Runs a checked program; see Executable::run.
void run_program(const etch_program &program, void *const *args, const int64_t *dims, void *const *results,
                 std::vector<RunTimeResult> *run_time_results = nullptr);

/// Every unknown extent of the results, in order, for these unknown extents of the arguments; kDynamic where data
/// decides on it. Throws UserError when they do not fit each other.
std::vector<int64_t> dynamic_result_dims(const etch_program &program, const int64_t *dims);

/// dtype and shape of a program's argument or result; unknown extents are kDynamic.
TensorType type_of(const etch_value_spec &spec);

/// A program that this machine can run. Cheap to copy; thread safe.
class Executable {
 public:
  /// `code` keeps the machine code and `program` alive; it may be null for programs that are linked in.
  /// Throws UserError as check_program does.
  explicit Executable(const etch_program *program, std::shared_ptr<void> code = nullptr);

  const etch_program &program() const { return *program_; }
  const std::shared_ptr<void> &code() const { return code_; }
  /// True when every extent is known: `dims` of the functions below is then ignored and may be null.
  bool is_static() const { return is_static_; }

  /// Runs on `args` (dense row-major data, one pointer each) and writes `results`. `dims` holds every unknown extent of
  /// the arguments, in order. Adds less than 30 ns to the compiled code. Throws UserError with the user's location
  /// when a check of the program fails, and whatever a host function throws; no variable was written then.
  /// May be called from several threads at once, and by host functions of a running program. Results whose extents data
  /// decides on are not written to `results` but replace `run_time_results`.
  void run(void *const *args, const int64_t *dims, void *const *results,
           std::vector<RunTimeResult> *run_time_results = nullptr) const {
    run_program(*program_, args, dims, results, run_time_results);
  }

  /// The shape of each result, for these unknown extents of the arguments; with kDynamic where data decides. Throws
  /// UserError when they do not fit each other.
  void result_shapes(const int64_t *dims, std::vector<Shape> &shapes) const;

 private:
  const etch_program *program_;
  std::shared_ptr<void> code_;
  bool is_static_;
};

}  // namespace etch::runtime
