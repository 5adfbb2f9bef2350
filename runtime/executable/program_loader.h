#pragma once
// A program from its object file: linked with the runtime and with routines that programs share.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/executable/executable.h"

namespace etch::runtime {

/// Code that several programs call: an object that defines the symbol `name`. The name stands for the whole code, so
/// that two routines of one name are the same.
struct Routine {
  std::string name;
  std::shared_ptr<const std::string> object;
};

/// Loads a program: the first object defines `<name>_program` and may refer to the others. Each routine is loaded once
/// in a process and kept. `sites` are the user's lines that the program's errors name, in the order of its table
/// `<name>_sites`: objects do not contain them, so that the same bytes serve the same program wherever it stands in its
/// file. Throws InternalError when an object cannot be linked, UserError as Executable does.
std::shared_ptr<const Executable> load_program(std::span<const std::string> objects, const std::string &name,
                                               std::span<const Routine> routines, std::span<const Location> sites);

}  // namespace etch::runtime
