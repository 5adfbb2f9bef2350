#pragma once
// From LLVM IR to machine code.

#include <string>

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace etch::codegen {

/// How much of LLVM's code generator runs.
enum class Effort {
  whole,     ///< all of it: for code that is kept, such as exported objects, kernel packs and shared routines
  firstCall  ///< without passes that cost a first call time and make kernels no faster (docs/decisions/0087)
};

/// Attribute of LLVM functions that all of its passes make faster.
inline constexpr llvm::StringLiteral kWholeEffort = "etch-whole-effort";

/// That of a program for `cpu`. Code for other processors than this one is kept.
Effort effortFor(const llvm::Module &module, const std::string &cpu);

/// Whether a pass of LLVM's code generator runs, by its name: most have no other public mark.
bool runs(llvm::StringRef pass, Effort effort);

/// Object file, or assembly text.
llvm::SmallVector<char, 0> emitObject(llvm::Module &module, llvm::TargetMachine &machine, Effort effort);
std::string emitAssembly(llvm::Module &module, llvm::TargetMachine &machine, Effort effort);

}  // namespace etch::codegen
