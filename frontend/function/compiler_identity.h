#pragma once
// Which compiler would be loaded, without loading it.

#include <string>
#include <vector>

namespace etch::detail {

/// Where libetch_compiler is looked for, in this order.
std::vector<std::string> compiler_places();

/// The build identifier that the linker wrote into libetch_compiler: another one for every change of the compiler.
/// Empty when it is found by the loader's search path only; machine code is not cached then.
const std::string &compiler_identity();

}  // namespace etch::detail
