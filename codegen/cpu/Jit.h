#pragma once
// Object code into this process.

#include <memory>

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include "runtime/executable/abi.h"

namespace etch::codegen {

struct LoadedProgram {
  const etch_program *program = nullptr;
  std::shared_ptr<void> code;  ///< unloads the code when released
};

/// Links an object that exports `<name>_program` against the runtime of this process.
LoadedProgram loadObject(llvm::SmallVector<char, 0> bytes, llvm::StringRef name);

/// Routines that all programs of the process share. `compile` makes the object of a routine on its first use.
void shareRoutine(llvm::StringRef name, llvm::function_ref<llvm::SmallVector<char, 0>()> compile);

}  // namespace etch::codegen
