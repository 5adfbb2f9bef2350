#pragma once
// Options of etch::function.

#include <optional>
#include <string>
#include <vector>

#include "etch/policy.h"
#include "runtime/base/tensor_type.h"

namespace etch {

/// dtype and shape of an argument before there is one; unknown extents are kDynamic (-1).
///
///     Spec{f32, {kDynamic, 784}, "x"}
struct Spec {
  DType dtype = DType::f32;
  Shape shape;
  std::string name = {};
};

struct Options {
  /// In signatures, errors and the exported program. (etch::function's first argument sets it, too.)
  std::string name = {};
  /// Names of the parameters, for signatures and messages: C++ does not keep them.
  std::vector<std::string> argument_names = {};
  /// One Spec for each Tensor parameter: other tensors are a TypeError, and unknown extents share one trace.
  std::vector<Spec> input_signature = {};
  /// Extents that differ between calls become unknown, so that the third size does not trace again.
  bool reduce_retracing = false;
  /// Numerics of this function; the thread's policy when not set. A function that is called inside another becomes part
  /// of that one: there `strict` throws UserError unless that one is strict, too, and `standard` means what that one
  /// says.
  std::optional<Policy> policy = {};
  /// Trace again at every n-th call and compare: finds C++ values that were compiled in but have changed since. 0:
  /// never.
  int verify_trace = 0;
  /// Compiled code looks at what eager code looks at: an index outside its axis throws UserError at the user's line,
  /// also where the result is not used. Otherwise compiled code clamps indices. Holds for this function's ops also
  /// where it is called inside another function.
  bool checked = false;
  /// Parameters (from 0) whose tensors are donated at every call; see etch::donate.
  std::vector<int> donate = {};
  /// While a signature's code is compiled, on another thread, calls run the body op by op; the first call after that
  /// runs the code. Statements of the body that are not Etch's therefore run once for the trace and once for each such
  /// call. An error of the compiler is thrown by the next call, once; calls then stay eager.
  bool background = false;
  /// Traces kept; the least recently used goes first.
  int max_traces = 64;
};

}  // namespace etch
