#pragma once
// From LLVM IR to machine code.

#include <string>

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"
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

/// Makes object files of modules, one after the other and of any context, with one list of passes: to set it up takes
/// LLVM as many instructions as to run it over a kernel of three ops. For one thread.
class ObjectEmitter {
 public:
  ObjectEmitter(llvm::TargetMachine &machine, Effort effort);
  std::string emit(llvm::Module &module);

 private:
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream;
  llvm::legacy::PassManager passes;
};

/// One for targetMachine(cpu), kept like that.
ObjectEmitter &objectEmitter(const std::string &cpu, Effort effort);

std::string emitAssembly(llvm::Module &module, llvm::TargetMachine &machine, Effort effort);

}  // namespace etch::codegen
