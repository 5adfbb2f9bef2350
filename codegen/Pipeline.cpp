#include "codegen/Pipeline.h"

#include <chrono>
#include <map>
#include <mutex>

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"

#include "codegen/Unsupported.h"
#include "codegen/cpu/gemm/PackedWeights.h"
#include "codegen/cpu/Kernel.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/Passes.h"
#include "runtime/base/env.h"

namespace etch::codegen {

using passes::Stage;

std::unique_ptr<mlir::MLIRContext> createContext() {
  mlir::DialectRegistry registry;
  registry
      .insert<ir::EtchDialect, mlir::func::FuncDialect, mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect,
              mlir::LLVM::LLVMDialect, mlir::math::MathDialect, mlir::scf::SCFDialect, mlir::vector::VectorDialect>();
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
  auto context = std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  return context;
}

namespace {

passes::Strands strandsToForm() {
  static constexpr std::string_view kChoices[] = {"worthwhile", "all", "none"};
  return static_cast<passes::Strands>(env::choice("ETCH_TEST_STRANDS", kChoices, 0));
}

}  // namespace

void addStagePasses(Stage stage, mlir::OpPassManager &manager, Policy policy, bool explain, KernelSharing *sharing) {
  if (stage != Stage::kernels && stage != Stage::target)
    return passes::addStage(stage, manager, {explain, policy == Policy::strict, strandsToForm()});
  if (stage == Stage::kernels) {
    manager.addPass(createEmitKernels(policy, sharing));
  } else {
    // The entry function asks the emitted kernels for their trip counts, so it comes after them.
    manager.addPass(createEmitEntry());
    manager.addPass(createLowerToLLVM());
  }
  passes::VerifyStageOptions contract;
  contract.stage = passes::nameOf(stage).str();
  manager.addPass(passes::createVerifyStage(contract));
}

namespace {

double now() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Several functions of one name in a process dump beside each other: step, step-1, ... A later process overwrites
/// them.
std::string dumpDirectoryFor(const std::string &root, const std::string &name) {
  static std::mutex mutex;
  static std::map<std::string, int> uses;
  std::lock_guard lock(mutex);
  int count = uses[name]++;
  return root + "/" + name + (count ? "-" + std::to_string(count) : "");
}

/// "file:line: text".
std::string atPlace(mlir::Diagnostic &diagnostic) {
  Location at = ir::toUserLocation(diagnostic.getLocation());
  return (at.known() ? to_string(at) + ": " : "") + diagnostic.str();
}

bool wantsFusionExplained() {
  static constexpr std::string_view kChoices[] = {"fusion"};
  return env::choice("ETCH_EXPLAIN", kChoices, -1) == 0;
}

/// The first error of a pass run, as an exception.
struct FirstError {
  std::string message;
  Location location;
  bool internal = false;

  llvm::LogicalResult take(mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error || !message.empty()) return mlir::success();
    message = diagnostic.str();
    location = ir::toUserLocation(diagnostic.getLocation());
    internal = llvm::StringRef(message).starts_with("internal error:") ||
               message.find("is illegal at the end of stage") != std::string::npos ||
               message.find("failed to legalize") != std::string::npos;
    return mlir::success();
  }
  [[noreturn]] void raise(llvm::StringRef stage) const {
    std::string where = " (stage " + stage.str() + ")";
    if (message.empty()) throw InternalError("a pass failed without saying why" + where);
    if (internal) throw InternalError(message + where, location);
    if (llvm::StringRef(message).starts_with(kUnsupportedPrefix))
      throw UnsupportedError(message.substr(kUnsupportedPrefix.size()), location);
    throw UserError(message, location);
  }
};

}  // namespace

PipelineRun::PipelineRun(mlir::ModuleOp module, const CompileOptions &options) : module(module), options(options) {
  if (auto root = env::text("ETCH_DUMP")) dumpDirectory = dumpDirectoryFor(*root, options.name);
  explains = wantsFusionExplained();
}

void PipelineRun::runTo(Stage last) {
  for (Stage stage : passes::allStages()) {
    if (stage > last || stage == Stage::binary) break;
    double start = now();
    runStage(stage);
    addTiming(passes::nameOf(stage).str(), now() - start);
    dump(stage, "mlir", [&](llvm::raw_ostream &os) {
      mlir::OpPrintingFlags flags;
      flags.elideLargeElementsAttrs(64);
      mlir::Attribute present = module->removeAttr(kPresentRoutines);  // says nothing of the program
      module->print(os, flags);
      if (present) module->setAttr(kPresentRoutines, present);
    });
    if (stage == Stage::fused && explains) report.addKernels(module, std::exchange(remarks, {}));
    if (stage == Stage::buffers && explains) report.addStrands(remarks);
    if (stage == Stage::kernels && explains) report.addForms(module);
    if (stage == Stage::buffers) info = programInfoOf(module);
    if (stage == Stage::kernels) info.weights = weightsOf(publicFunction(module));
    if (stage == Stage::kernels) summarize();
  }
}

void PipelineRun::runStage(Stage stage) {
  FirstError error;
  mlir::ScopedDiagnosticHandler handler(module.getContext(), [&](mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Remark) {
      remarks.push_back(atPlace(diagnostic));
      return mlir::success();
    }
    return error.take(diagnostic);
  });
  // Contracts check more than the verifier does, once a stage.
  mlir::PassManager manager(module.getContext(), mlir::ModuleOp::getOperationName());
  manager.enableVerifier(false);
  addStagePasses(stage, manager, options.policy, explains, sharing);
  if (failed(manager.run(module))) error.raise(passes::nameOf(stage));
}

void PipelineRun::summarize() {
  llvm::StringMap<int> launches;
  module.walk([&](ir::LaunchOp launch) { ++launches[launch.getKernel()]; });
  for (auto function : module.getOps<mlir::func::FuncOp>())
    if (ir::isKernel(function))
      summaries.push_back({function.getName().str(), ir::kernelKind(function).str(),
                           function->getAttrOfType<mlir::StringAttr>(ir::kOps).getValue().str(),
                           launches[function.getName()]});
}

void PipelineRun::dump(Stage stage, llvm::StringRef extension, llvm::function_ref<void(llvm::raw_ostream &)> write) {
  if (dumpDirectory.empty()) return;
  if (auto error = llvm::sys::fs::create_directories(dumpDirectory))
    throw UserError("ETCH_DUMP: cannot create " + dumpDirectory + ": " + error.message());
  std::string path = dumpDirectory;
  llvm::raw_string_ostream(path) << llvm::format("/%02d-", static_cast<int>(stage)) << passes::nameOf(stage) << '.'
                                 << extension;
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  if (error) throw UserError("ETCH_DUMP: cannot write " + path + ": " + error.message());
  write(file);
}

void PipelineRun::reportFusion() const {
  if (wantsFusionExplained()) llvm::errs() << "etch fusion: " << options.name << '\n' << fusion();
}

void PipelineRun::reportTimings() const {
  if (!env::flag("ETCH_TIMING", false)) return;
  double total = 0;
  llvm::errs() << "etch timing: " << options.name << '\n';
  for (const StageTiming &time : times) {
    llvm::errs() << llvm::format("  %-18s %8.3f ms\n", time.stage.c_str(), time.milliseconds);
    total += time.milliseconds;
  }
  llvm::errs() << llvm::format("  %-18s %8.3f ms\n", "total", total);
}

}  // namespace etch::codegen
