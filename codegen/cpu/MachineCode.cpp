#include "codegen/cpu/MachineCode.h"

#include <map>

#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Pass.h"
#include "llvm/Support/raw_ostream.h"

#include "codegen/cpu/Target.h"
#include "runtime/base/error.h"

namespace etch::codegen {

namespace {

/// Takes the passes of LLVM's code generator, which chooses them for the whole process otherwise, and hands on those
/// that `effort` is worth.
class ChosenPasses : public llvm::legacy::PassManagerBase {
 public:
  ChosenPasses(llvm::legacy::PassManager &chosen, Effort effort) : chosen(chosen), effort(effort) {}
  void add(llvm::Pass *pass) override {
    if (runs(pass->getPassName(), effort)) return chosen.add(pass);
    delete pass;
  }

 private:
  llvm::legacy::PassManager &chosen;
  Effort effort;
};

/// Stores without a call between them. The schedulers take time that grows with their third power: 50 ms for 400, 1.6 s
/// for 1,600. Calls end what they look at.
constexpr unsigned kMostStores = 256;

/// Instructions that LLVM writes a copy of few bytes as, or the most that it does.
unsigned storesOf(const llvm::Instruction &instruction) {
  if (llvm::isa<llvm::StoreInst>(instruction)) return 1;
  return llvm::isa<llvm::MemIntrinsic>(instruction) ? 8 : 0;
}

bool hasLongStretch(const llvm::Function &function) {
  for (const llvm::BasicBlock &block : function) {
    unsigned stores = 0;
    for (const llvm::Instruction &instruction : block) {
      if (llvm::isa<llvm::CallBase>(instruction) && !llvm::isa<llvm::IntrinsicInst>(instruction)) stores = 0;
      stores += storesOf(instruction);
      if (stores > kMostStores) return true;
    }
  }
  return false;
}

}  // namespace

Effort effortFor(const llvm::Module &module, const std::string &cpu) {
  if (cpu != "native") return Effort::whole;
  auto asks = [](const llvm::Function &function) { return function.hasFnAttribute(kWholeEffort); };
  return llvm::any_of(module, asks) && llvm::none_of(module, hasLongStretch) ? Effort::whole : Effort::firstCall;
}

bool runs(llvm::StringRef pass, Effort effort) {
  if (effort == Effort::whole) return true;
  // Kernels are written in the order in which they should run, with addresses that loads and stores can add.
  return pass != "Loop Strength Reduction" && pass != "Canonicalize Freeze Instructions in Loops" &&
         pass != "Machine Instruction Scheduler" && pass != "Post RA top-down list latency scheduler";
}

ObjectEmitter::ObjectEmitter(llvm::TargetMachine &machine, Effort effort) : stream(bytes) {
  ChosenPasses chosen(passes, effort);
  llvm::MCContext *context = nullptr;
  if (machine.addPassesToEmitMC(chosen, context, stream, /*DisableVerify=*/true))
    throw InternalError("LLVM cannot emit objects for this machine");
}

std::string ObjectEmitter::emit(llvm::Module &module) {
  bytes.clear();
  passes.run(module);
  return {bytes.begin(), bytes.end()};
}

ObjectEmitter &objectEmitter(const std::string &cpu, Effort effort) {
  llvm::TargetMachine &machine = targetMachine(cpu);  // first: what is made later goes earlier when a thread ends
  static thread_local std::map<std::pair<std::string, Effort>, ObjectEmitter> emitters;
  return emitters.try_emplace({cpu, effort}, machine, effort).first->second;
}

std::string emitAssembly(llvm::Module &module, llvm::TargetMachine &machine, Effort effort) {
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  ChosenPasses chosen(passes, effort);
  if (machine.addPassesToEmitFile(chosen, stream, nullptr, llvm::CodeGenFileType::AssemblyFile, true))
    throw InternalError("LLVM cannot emit assembly for this machine");
  passes.run(module);
  return text.str().str();
}

}  // namespace etch::codegen
