#include "codegen/cpu/EmitInParts.h"

#include <algorithm>
#include <exception>

#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include "codegen/cpu/InlineKernels.h"
#include "codegen/cpu/MachineCode.h"
#include "codegen/cpu/SharedKernels.h"
#include "codegen/cpu/Target.h"
#include "runtime/base/error.h"
#include "runtime/cpu/parallel_for.h"
#include "runtime/executable/abi.h"

namespace etch::codegen {

namespace {

/// What is worth a part, in instructions of one register: about 3 ms of work on Zen 4, where a part costs 1 ms.
constexpr size_t kPartCost = 150;
/// Each function passes through every pass, whatever its size.
constexpr size_t kFunctionCost = 40;
constexpr size_t kMaxParts = 8;

/// Kernels call nothing but what they alone call, so a kernel and its callees stay together. The functions that call
/// kernels stay with the program.
bool isOfProgram(const llvm::Function &function) {
  return function.getName().ends_with("_entry") || function.getName().ends_with("_shapes");
}

struct Group {
  std::vector<llvm::Function *> functions;
  size_t cost = 0;
  size_t position = 0;  ///< in the module
};

/// Machine instructions, about: one for each vector register that an instruction gives or stores.
size_t instructionsOf(const llvm::Instruction &instruction, unsigned registerBits) {
  if (llvm::isa<llvm::GetElementPtrInst>(instruction)) return 0;  // part of the loads and stores
  const auto *store = llvm::dyn_cast<llvm::StoreInst>(&instruction);
  const llvm::Type *type = store ? store->getValueOperand()->getType() : instruction.getType();
  const auto *vector = llvm::dyn_cast<llvm::FixedVectorType>(type);
  return vector ? llvm::divideCeil(vector->getPrimitiveSizeInBits().getFixedValue(), registerBits) : 1;
}

size_t costOf(const llvm::Function &function, unsigned registerBits) {
  size_t cost = kFunctionCost;
  for (const llvm::Instruction &instruction : llvm::instructions(function))
    cost += instructionsOf(instruction, registerBits);
  return cost;
}

std::vector<Group> groupsOf(llvm::Module &module, unsigned registerBits) {
  llvm::EquivalenceClasses<llvm::Function *> together;
  for (llvm::Function &function : module) {
    if (function.isDeclaration() || isOfProgram(function)) continue;
    together.insert(&function);
    for (llvm::Instruction &instruction : llvm::instructions(function))
      for (llvm::Value *operand : instruction.operands())
        if (auto *callee = llvm::dyn_cast<llvm::Function>(operand))
          if (!callee->isDeclaration()) together.unionSets(&function, callee);
  }
  llvm::MapVector<llvm::Function *, Group> groups;
  for (llvm::Function &function : module) {
    if (function.isDeclaration() || isOfProgram(function)) continue;
    Group &group = groups[together.getLeaderValue(&function)];
    group.functions.push_back(&function);
    group.cost += costOf(function, registerBits);
  }
  std::vector<Group> all;
  for (auto &[leader, group] : groups) {
    group.position = all.size();
    all.push_back(std::move(group));
  }
  return all;
}

/// Groups by part, the largest first to the part that has least; the first part has the program besides, and those
/// beyond it may be empty.
std::vector<Group> dealOut(std::vector<Group> groups, size_t costOfProgram) {
  size_t total = costOfProgram, largest = costOfProgram;
  for (const Group &group : groups) {
    total += group.cost;
    largest = std::max(largest, group.cost);
  }
  // The largest one stays whole: what there is besides has to be worth the other parts. A part more than threads would
  // cost what a part costs, and wait.
  const size_t most = std::min(kMaxParts, static_cast<size_t>(runtime::num_threads()));
  std::vector<Group> parts(std::min(1 + (total - largest) / kPartCost, most));
  parts[0].cost = costOfProgram;
  llvm::sort(groups, [](const Group &a, const Group &b) {
    return a.cost != b.cost ? a.cost > b.cost : a.position < b.position;
  });
  for (Group &group : groups) {
    Group &least =
        *std::min_element(parts.begin(), parts.end(), [](const Group &a, const Group &b) { return a.cost < b.cost; });
    least.functions.insert(least.functions.end(), group.functions.begin(), group.functions.end());
    least.cost += group.cost;
  }
  return parts;
}

/// The objects of a module by its functions: what each thread is to compile.
std::vector<Group> partsOf(llvm::Module &module, const std::string &cpu) {
  if (runtime::num_threads() == 1) return {Group()};  // and whatever else there is
  const auto registerBits = static_cast<unsigned>(vectorUnitOf(targetMachine(cpu)).bits);
  size_t costOfProgram = 0;
  for (const llvm::Function &function : module)
    if (!function.isDeclaration() && isOfProgram(function)) costOfProgram += costOf(function, registerBits);
  return dealOut(groupsOf(module, registerBits), costOfProgram);
}

/// Takes the functions out of the module; contexts are for one thread, so they travel as bitcode.
llvm::SmallVector<char, 0> takeOut(llvm::Module &module, const Group &part) {
  for (llvm::Function *function : part.functions) function->setLinkage(llvm::GlobalValue::ExternalLinkage);
  llvm::ValueToValueMapTy mapping;
  auto alone = llvm::CloneModule(module, mapping, [&](const llvm::GlobalValue *value) {
    auto *global = llvm::dyn_cast<llvm::GlobalVariable>(value);
    if (global) return global->isConstant() && global->hasLocalLinkage();
    return llvm::is_contained(part.functions, value);
  });
  eraseUnused(*alone);
  for (llvm::Function *function : part.functions) function->deleteBody();
  llvm::SmallVector<char, 0> bitcode;
  llvm::raw_svector_ostream stream(bitcode);
  llvm::WriteBitcodeToFile(*alone, stream);
  return bitcode;
}

std::string compile(llvm::Module &module, const std::string &cpu, Effort effort) {
  optimize(module, targetMachine(cpu), effort);
  return objectEmitter(cpu, effort).emit(module);
}

std::string compileBitcode(const llvm::SmallVector<char, 0> &bitcode, const std::string &cpu, Effort effort) {
  llvm::LLVMContext context;
  auto module = llvm::parseBitcodeFile(llvm::MemoryBufferRef({bitcode.data(), bitcode.size()}, "part"), context);
  if (!module) throw InternalError("a part of a module: " + llvm::toString(module.takeError()));
  return compile(**module, cpu, effort);
}

}  // namespace

void eraseUnused(llvm::Module &module) {
  for (bool erased = true; erased;) {
    erased = false;
    for (llvm::GlobalVariable &global : llvm::make_early_inc_range(module.globals())) {
      global.removeDeadConstantUsers();
      if (!global.use_empty() || (!global.isDeclaration() && !global.hasLocalLinkage())) continue;
      global.eraseFromParent();
      erased = true;
    }
  }
  for (llvm::Function &function : llvm::make_early_inc_range(module))
    if (function.isDeclaration() && function.use_empty()) function.eraseFromParent();
}

std::vector<std::string> emitInParts(llvm::Module &module, const std::string &cpu) {
  struct Work {
    llvm::Module &module;
    const std::string &cpu;
    Effort effort;
    std::vector<llvm::SmallVector<char, 0>> bitcode;
    std::vector<std::string> objects;
    std::vector<std::exception_ptr> errors;

    void run(size_t part) {
      try {
        objects[part] = part == 0 ? compile(module, cpu, effort) : compileBitcode(bitcode[part], cpu, effort);
      } catch (...) {
        errors[part] = std::current_exception();
      }
    }
  };
  const Effort effort = effortFor(module, cpu);  // of all parts: one may hold the loop, another what is in it
  inlineSmallKernels(module);
  exposeSharedKernels(module);
  std::vector<Group> parts = partsOf(module, cpu);
  Work work{module, cpu, effort, {}, {}, {}};
  for (const Group &part : parts) {
    if (!work.bitcode.empty() && part.functions.empty()) continue;
    // The first part is what remains.
    work.bitcode.push_back(work.bitcode.empty() ? llvm::SmallVector<char, 0>() : takeOut(module, part));
  }
  work.objects.resize(work.bitcode.size());
  work.errors.resize(work.bitcode.size());
  etch_rt_parallel_for(
      [](void *work, int64_t begin, int64_t end) {
        for (int64_t part = begin; part < end; ++part) static_cast<Work *>(work)->run(static_cast<size_t>(part));
      },
      &work, static_cast<int64_t>(work.bitcode.size()), 1);
  for (const std::exception_ptr &error : work.errors)
    if (error) std::rethrow_exception(error);
  return std::move(work.objects);
}

}  // namespace etch::codegen
