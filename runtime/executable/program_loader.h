#pragma once
// A program from its object file: linked with the runtime and with routines that programs share.

#include <memory>
#include <optional>
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

class LoadedObject;

/// Symbols that begin so are kernels that programs loaded later may call. The name stands for the whole code.
inline constexpr std::string_view kKernelPrefix = "etch_kernel_";

/// A kernel of another program, whose code stays loaded as long as this lives.
struct SharedKernel {
  std::string name;
  std::shared_ptr<const std::string> program;  ///< under which key that program is stored; null when it is not
  std::shared_ptr<const LoadedObject> object;
};

/// The kernel of a program that is loaded now; nothing where there is none.
std::optional<SharedKernel> find_kernel(const std::string &name);

/// Machine code as bytes, and what it takes to load it.
struct ProgramCode {
  std::vector<std::string> objects;    ///< the first has the program and calls the others
  std::vector<Routine> routines;       ///< that the objects call
  std::vector<SharedKernel> borrowed;  ///< kernels of other programs that the objects call
  std::vector<Location> sites;         ///< the user's lines in its errors
};

/// Loads the objects, for the sake of the kernels in them (find_kernel): others find these while the result lives.
/// `stored_as` is the key under which the program is kept, if it is. Throws InternalError when one cannot be linked.
std::shared_ptr<void> load_objects(const ProgramCode &code, std::shared_ptr<const std::string> stored_as);

/// Loads a program: the first object defines `<name>_program` and may refer to the others. Each routine is loaded once
/// in a process and kept. The sites go where the program's errors look for them, `<name>_sites`: objects do not contain
/// them, so that the same bytes serve the same program wherever it stands in its file. Throws InternalError when an
/// object cannot be linked, UserError as Executable does.
std::shared_ptr<const Executable> load_program(const ProgramCode &code, const std::string &name,
                                               std::shared_ptr<const std::string> stored_as = nullptr);

}  // namespace etch::runtime
