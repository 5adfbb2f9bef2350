#pragma once
// From .npy files to what a program is called with, and back.

#include <string>
#include <vector>

#include "frontend/io/host_array.h"
#include "runtime/executable/executable.h"

namespace etch::tools {

/// Everything one call needs. Reads the files, checks them against the program and allocates the results; throws
/// UserError naming the file, what it holds and what was expected.
class Arguments {
 public:
  Arguments(const runtime::Executable &executable, const std::vector<std::string> &files);

  /// Puts the variables back to what their files hold, so that every run does the same.
  void reset();
  void run();

  /// One array a result, variables' new values included. Those whose shapes data decides on exist after a run.
  const std::vector<HostArray> &results() const { return resultArrays; }

 private:
  const runtime::Executable &executable;
  std::vector<HostArray> inputs, resultArrays;
  std::vector<int> updatedInput;  ///< per result: the variable argument it updates, or -1
  std::vector<int64_t> dims;
  std::vector<void *> argPointers, resultPointers;

  void read(const std::vector<std::string> &files);
  void allocateResults();
};

/// The name the user gave, in quotes, or "result 1".
std::string nameOf(const etch_value_spec &spec, const char *kind, size_t index);

}  // namespace etch::tools
