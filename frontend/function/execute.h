#pragma once
// Running a compiled program on the values of one call.

#include <memory>
#include <span>
#include <vector>

#include "codegen/abi/compiler.h"
#include "etch/detail/function_core.h"
#include "etch/policy.h"
#include "frontend/function/captured_copies.h"
#include "frontend/trace/trace.h"
#include "runtime/memory/buffer.h"

namespace etch::detail {

/// A program and its code.
struct CompiledProgram {
  Program program;
  codegen::Compiled code;
  std::vector<TensorType> result_types;  ///< of the outputs
  std::vector<size_t> result_bytes;      ///< of those without unknown extents
  std::vector<uint8_t> is_updated;       ///< by argument: a variable that the program writes
  bool is_static = true;
  CapturedCopies copies;
};

MemoryStats memory_stats_of(const CompiledProgram &compiled);

/// Compiles with the current policy and name.
std::shared_ptr<const CompiledProgram> compile(Program program, const std::string &name, Policy policy);
/// The same, but equal tapes share code: for programs that are traced anew on every call (gradients of lambdas).
std::shared_ptr<const CompiledProgram> compile_shared(Program program, const std::string &name, Policy policy);

/// Arguments and results: how many pointers execute() needs room for.
inline size_t num_slots(const Program &program) { return program.bindings.size() + program.tape->results.size(); }

/// Runs; writes variables when it succeeds; replaces `outputs`. `slots` begins with the data of the leaves and has room
/// for num_slots. `dims`: every unknown extent of the leaves, in order. `bindings` say where the other arguments are.
/// `donated`: outputs that replace a leaf, whose slot points into them.
void execute(const CompiledProgram &compiled, const Program &bindings, void **slots, const int64_t *dims,
             std::span<VariableState *const> leaf_variables, std::vector<Tensor> &outputs,
             std::span<Tensor> donated = {});

codegen::CompileOptions options_of(const std::string &name, Policy policy);

}  // namespace etch::detail
