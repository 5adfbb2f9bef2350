#pragma once
// The machine code is made for.

#include <memory>
#include <string>

#include "codegen/cpu/MachineCode.h"
#include "codegen/cpu/VectorUnit.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace etch::codegen {

/// "native" (this machine, or what ETCH_TARGET_CPU makes of it: runtime/cpu/target_cpu.h), or an LLVM CPU name such as
/// "x86-64-v3" or "skylake-avx512".
std::unique_ptr<llvm::TargetMachine> createTargetMachine(const std::string &cpu = "native");

/// The same, kept for the next compilation; one a thread, because LLVM's are not shared between threads.
llvm::TargetMachine &targetMachine(const std::string &cpu);

/// Instruction sets the program needs, as the descriptor lists them: "avx2,fma,avx512f". AMX, which a process must ask
/// the operating system for, is among them where `module` uses it.
std::string requiredFeatures(const llvm::TargetMachine &machine, const llvm::Module &module);

/// The vectors that kernels are made of there.
VectorUnit vectorUnitOf(const llvm::TargetMachine &machine);

/// LLVM's passes over its IR, as the text of a function pipeline.
std::string irPasses(Effort effort);

/// The short LLVM pipeline: loops arrive vectorised, so that cleaning up and hoisting is all that is left to do.
void optimize(llvm::Module &module, llvm::TargetMachine &machine, Effort effort = Effort::whole);

/// For a whole program: takes out what routines do for other arguments than those that they are called with.
void removeUncalled(llvm::Module &module, llvm::TargetMachine &machine);

}  // namespace etch::codegen
