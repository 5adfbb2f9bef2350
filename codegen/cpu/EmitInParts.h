#pragma once
// Machine code of one module, made by several threads.

#include <string>
#include <vector>

#include "llvm/IR/Module.h"

namespace etch::codegen {

/// Optimises and emits a module for `cpu`. Modules of many instructions come as several objects: kernels that nobody
/// but the entry function calls are dealt out by size, and the parts are compiled side by side. The first object has
/// the program and refers to the others, which do not refer to it or to each other. There are as many as there are
/// threads and work for them. No function is optimised with a look at another, so that neither threads nor parts change
/// a bit of a result.
std::vector<std::string> emitInParts(llvm::Module &module, const std::string &cpu);

/// Globals that nothing in the module and nobody outside can refer to, and declarations that nothing refers to.
void eraseUnused(llvm::Module &module);

}  // namespace etch::codegen
