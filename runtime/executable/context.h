#pragma once
// etch_context: the state of one call of compiled code.

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/executable/abi.h"
#include "runtime/executable/blocks.h"
#include "runtime/executable/stack.h"

struct etch_context {
  /// Something went wrong in this call; the first cause is kept.
  bool failed = false;
  std::string message;           ///< of etch_rt_fail; empty when `exception` says more
  etch::Location location;       ///< of etch_rt_fail
  std::exception_ptr exception;  ///< what a host function or the runtime itself threw
  etch::runtime::StackSet stacks;
  etch::runtime::BlockSet blocks;
  std::vector<etch::runtime::RunTimeResult> run_time_results;  ///< in the order of their indices

  void fail(std::string_view message, etch::Location location);
  void keep_exception(std::exception_ptr exception);
  /// Throws what went wrong: the kept exception, or a UserError at the recorded location. `program` is named where the
  /// code returned an error without recording one.
  [[noreturn]] void raise(std::string_view program);
  /// Ready for the next call.
  void reset();
};
