#include "codegen/Compiler.h"

#include <chrono>
#include <mutex>

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/Constants.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include "codegen/abi/ProgramDescriptor.h"
#include "codegen/cpu/EmitInParts.h"
#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/MachineCode.h"
#include "codegen/cpu/SharedKernels.h"
#include "codegen/cpu/entry/SiteTable.h"
#include "codegen/cpu/Target.h"
#include "codegen/cpu/TranslateBodies.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/tape/TapeImport.h"

namespace etch::codegen {

using passes::Stage;

namespace {

double now() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Contexts keep every attribute they ever saw, so each serves a number of compilations and is then replaced.
class ContextPool {
 public:
  struct Lease {
    std::unique_ptr<mlir::MLIRContext> context;
    int uses = 0;
  };
  static ContextPool &instance() {
    static ContextPool *pool = new ContextPool();
    return *pool;
  }
  Lease take() {
    std::lock_guard lock(mutex);
    if (free.empty()) return {createContext(), 0};
    Lease lease = std::move(free.back());
    free.pop_back();
    return lease;
  }
  void giveBack(Lease lease) {
    if (++lease.uses >= kMaxUses) return;
    std::lock_guard lock(mutex);
    free.push_back(std::move(lease));
  }

 private:
  static constexpr int kMaxUses = 256;
  std::mutex mutex;
  std::vector<Lease> free;
};

template <typename Function>
auto withContext(Function function) {
  ContextPool::Lease lease = ContextPool::instance().take();
  // A context that saw an exception is not given back: the module may have been left half rewritten.
  auto result = function(*lease.context);
  ContextPool::instance().giveBack(std::move(lease));
  return result;
}

/// Objects of routines that any module may contain (the GEMMs): half of the machine code of a training step, compiled
/// once a process, or provided. Their names state all that their code depends on but the processor.
class SharedRoutines {
 public:
  static SharedRoutines &instance() {
    static auto *routines = new SharedRoutines();
    return *routines;
  }
  /// What is provided stays where it is, and is copied when it is asked for: of hundreds a program calls a few.
  struct Provided {
    llvm::StringRef symbol, object;
  };
  void provide(llvm::StringRef name, Provided provided) {
    std::lock_guard lock(mutex);
    entries[name].provided = provided;
  }
  /// A routine that was compiled or provided before; without an object for others.
  runtime::Routine find(llvm::StringRef name) {
    std::lock_guard lock(mutex);
    auto known = entries.find(name);
    return known == entries.end() ? runtime::Routine() : known->second.take();
  }
  /// The same, compiled where it is not there yet: once, whoever asks, while other routines are compiled as well.
  runtime::Routine get(llvm::StringRef name, llvm::function_ref<std::string()> compile) {
    std::unique_lock lock(mutex);
    Entry &entry = entries[name];  // stays where it is
    lock.unlock();
    std::lock_guard alone(entry.compiling);
    if (runtime::Routine known = find(name); known.object) return known;
    runtime::Routine compiled{name.str(), std::make_shared<const std::string>(compile())};
    lock.lock();
    return entry.routine = std::move(compiled);
  }
  llvm::SmallVector<std::string> names() {
    std::lock_guard lock(mutex);
    llvm::SmallVector<std::string> names;
    for (auto &entry : entries)
      if (entry.second.isThere()) names.push_back(entry.first().str());
    return names;
  }

 private:
  struct Entry {
    std::mutex compiling;
    runtime::Routine routine;
    Provided provided;

    bool isThere() const { return routine.object || !provided.object.empty(); }
    runtime::Routine take() {
      if (!routine.object && isThere())
        routine = {provided.symbol.str(), std::make_shared<const std::string>(provided.object)};
      return routine;
    }
  };
  std::mutex mutex;  // of all but what compiles
  llvm::StringMap<Entry> entries;
};

/// The shared routine that a function is, or is a part of ("<routine>.<part>"); else "".
llvm::StringRef routineOf(const llvm::GlobalValue &value) {
  llvm::StringRef name = value.getName();
  return name.starts_with(kSharedPrefix) ? name.split('.').first : llvm::StringRef();
}

/// Takes the shared routines out of the module.
std::vector<runtime::Routine> extractRoutines(llvm::Module &module, llvm::TargetMachine &machine,
                                              const std::string &cpu) {
  std::vector<runtime::Routine> routines;
  llvm::SmallVector<llvm::Function *> shared;
  for (llvm::Function &function : module) {
    if (!function.isDeclaration() && !routineOf(function).empty()) {
      shared.push_back(&function);
    } else if (runtime::Routine present = SharedRoutines::instance().find(function.getName()); present.object) {
      function.setName(present.name);  // a provided one has a name of its own
      routines.push_back(std::move(present));
    }
  }
  // A process may hold code for its own processor and code of a kernel pack.
  if (cpu != "native")
    for (llvm::Function *function : shared) {
      std::string name = function->getName().str();
      name.insert(routineOf(*function).size(), "-" + cpu);
      function->setName(name);
    }
  for (llvm::Function *function : shared) {
    if (routineOf(*function) != function->getName()) continue;
    runtime::Routine routine = SharedRoutines::instance().get(function->getName(), [&] {
      llvm::ValueToValueMapTy mapping;
      auto alone = llvm::CloneModule(module, mapping, [&](const llvm::GlobalValue *value) {
        auto *table = llvm::dyn_cast<llvm::GlobalVariable>(value);
        if (table) return table->isConstant() && table->hasLocalLinkage();
        return routineOf(*value) == function->getName();
      });
      eraseUnused(*alone);
      alone->getFunction(function->getName())->setLinkage(llvm::GlobalValue::ExternalLinkage);
      optimize(*alone, machine);
      return objectEmitter(cpu, Effort::whole).emit(*alone);
    });
    function->setName(routine.name);
    routines.push_back(std::move(routine));
  }
  for (llvm::Function *function : shared) {
    function->deleteBody();
    function->setLinkage(llvm::GlobalValue::ExternalLinkage);
  }
  eraseUnused(module);
  return routines;
}

/// The table of the user's lines: filled in when the object is loaded, or a constant of the object.
void finishSites(llvm::Module &module, const std::string &program, Form form) {
  llvm::GlobalVariable *table = module.getNamedGlobal(siteTableSymbol(program));
  if (!table) return;
  if (form != Form::jit) {
    table->setLinkage(llvm::GlobalValue::InternalLinkage);
    table->setConstant(true);
    return;
  }
  table->setInitializer(llvm::Constant::getNullValue(table->getValueType()));
  for (llvm::GlobalVariable &file : llvm::make_early_inc_range(module.globals())) {
    file.removeDeadConstantUsers();
    if (file.hasPrivateLinkage() && file.use_empty()) file.eraseFromParent();
  }
}

void setVectorUnit(mlir::ModuleOp module, const llvm::TargetMachine &machine) {
  module->setAttr(kVectorUnit, mlir::StringAttr::get(module.getContext(), textOf(vectorUnitOf(machine))));
}

}  // namespace

std::unique_ptr<llvm::Module> buildLLVM(mlir::ModuleOp module, llvm::LLVMContext &context, llvm::TargetMachine &machine,
                                        PipelineRun &run, Form form, CompiledObject *leftOut) {
  setVectorUnit(module, machine);
  // Emitting and lowering a routine only to drop it took 6 of the 38 ms of a training step.
  if (form == Form::jit && run.compileOptions().cpu == "native") {
    llvm::SmallVector<std::string> names = SharedRoutines::instance().names();
    llvm::SmallVector<llvm::StringRef> present(names.begin(), names.end());
    module->setAttr(kPresentRoutines, mlir::Builder(module.getContext()).getStrArrayAttr(present));
  }
  run.runTo(Stage::target);
  double start = now();
  std::unique_ptr<llvm::Module> translated = translateToLLVMIR(module, context);
  if (!translated) throw InternalError("the module does not translate to LLVM IR");
  if (run.sharedKernels()) nameSharedKernels(*translated, *run.sharedKernels());
  translated->setDataLayout(machine.createDataLayout());
  translated->setTargetTriple(machine.getTargetTriple());
  const llvm::TargetLibraryInfoImpl library(machine.getTargetTriple());
  for (llvm::Function &function : *translated) {
    if (function.isDeclaration()) continue;
    // A kernel has the name of its op: the C library's floor, which LLVM calls where no instruction rounds.
    llvm::LibFunc known;
    if (library.getLibFunc(function.getName(), known)) function.setName(function.getName() + "_kernel");
    function.setLinkage(llvm::GlobalValue::InternalLinkage);
    function.setDoesNotThrow();
    // Kernels read their parameters as if they never changed, which holds for one call only.
    function.addFnAttr(llvm::Attribute::NoInline);
    // Kernels are written in 16-lane vectors: let them have the registers they were made for.
    function.addFnAttr("prefer-vector-width", "512");
  }
  addProgramDescriptor(*translated, run.programInfo(), requiredFeatures(machine, *translated));
  if (form == Form::exported) addCFunctions(*translated, run.programInfo());
  run.addTiming("binary: translate", now() - start);
  start = now();
  finishSites(*translated, run.programInfo().name, form);
  if (form == Form::jit) leftOut->routines = extractRoutines(*translated, machine, run.compileOptions().cpu);
  // A module for the JIT is optimised in parts.
  if (form != Form::jit) optimize(*translated, machine);
  run.addTiming(form == Form::jit ? "binary: routines" : "binary: optimize", now() - start);
  return translated;
}

CompiledObject compileModule(mlir::ModuleOp module, const CompileOptions &options, Kernels kernels) {
  PipelineRun run(module, options);
  KernelSharing sharing;
  if (kernels == Kernels::shared && options.cpu == "native") run.shareKernels(sharing);
  llvm::TargetMachine &machine = targetMachine(options.cpu);
  llvm::LLVMContext llvmContext;
  CompiledObject compiled;
  auto translated = buildLLVM(module, llvmContext, machine, run, Form::jit, &compiled);
  double start = now();
  run.dump(Stage::binary, "ll", [&](llvm::raw_ostream &os) {
    auto copy = llvm::CloneModule(*translated);
    optimize(*copy, machine, effortFor(*copy, options.cpu));
    copy->print(os, nullptr);
  });
  compiled.objects = emitInParts(*translated, options.cpu);
  run.addTiming("binary: optimize and emit", now() - start);
  compiled.borrowed = std::move(sharing.borrowed);
  compiled.sites = sitesOf(module);
  compiled.timings = run.timings();
  compiled.kernels = run.kernels();
  run.reportTimings();
  run.reportFusion();
  return compiled;
}

std::string irText(mlir::ModuleOp module, const CompileOptions &options, llvm::StringRef stage) {
  PipelineRun run(module, options);
  std::string text;
  llvm::raw_string_ostream os(text);
  if (stage == "llvm" || stage == "asm" || stage == "binary") {
    llvm::TargetMachine &machine = targetMachine(options.cpu);
    llvm::LLVMContext llvmContext;
    auto translated = buildLLVM(module, llvmContext, machine, run);
    if (stage == "llvm") {
      translated->print(os, nullptr);
      return text;
    }
    return emitAssembly(*translated, machine, effortFor(*translated, options.cpu));
  }
  std::optional<Stage> last = stage == "explain" ? Stage::kernels : passes::stageFromName(stage);
  if (!last)
    throw UserError("unknown stage '" + stage.str() + "'; expected one of " + passes::stageNames() +
                    ", llvm, asm, explain");
  if (options.cpu != "native") setVectorUnit(module, targetMachine(options.cpu));
  if (stage == "explain") run.explainFusion();
  run.runTo(*last);
  if (stage == "explain") return run.fusion();
  mlir::OpPrintingFlags flags;
  if (*last == Stage::trace) flags.enableDebugInfo(true, false);
  module->print(os, flags);
  return text;
}

mlir::OwningOpRef<mlir::ModuleOp> parseModule(const std::string &path, mlir::MLIRContext &context) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer) throw UserError("cannot read " + path + ": " + buffer.getError().message());
  std::string message;
  Location location;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    if (message.empty()) {
      message = diagnostic.str();
      location = ir::toUserLocation(diagnostic.getLocation());
    }
    return mlir::success();
  });
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  mlir::ParserConfig config(&context);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(sources, config);
  if (!module)
    throw UserError("is not a module Etch can read: " + (message.empty() ? "no further detail" : message),
                    location.known() ? Location(intern_file_name(path), location.line, location.column)
                                     : Location(intern_file_name(path), 1, 1));
  return module;
}

void provideRoutine(std::string_view name, std::string_view symbol, std::string_view object) {
  SharedRoutines::instance().provide(name, {symbol, object});
}

CompiledObject compileTape(const ir::Tape &tape, const CompileOptions &options, Kernels kernels) {
  return withContext([&](mlir::MLIRContext &context) {
    auto module = ir::importTape(tape, options.name, context);
    return compileModule(*module, options, kernels);
  });
}

std::string tapeText(const ir::Tape &tape, const CompileOptions &options, std::string_view stage) {
  return withContext([&](mlir::MLIRContext &context) {
    auto module = ir::importTape(tape, options.name, context);
    return irText(*module, options, llvm::StringRef(stage.data(), stage.size()));
  });
}

}  // namespace etch::codegen
