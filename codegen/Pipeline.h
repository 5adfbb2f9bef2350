#pragma once
// Runs a module through the stages: dumps, times and turns diagnostics into exceptions.

#include <memory>
#include <string>
#include <vector>

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include "codegen/Explain.h"
#include "codegen/abi/compiler.h"
#include "codegen/cpu/entry/Entry.h"
#include "passes/pipeline/Pipeline.h"

namespace etch::codegen {

struct KernelSharing;

/// A context with every dialect a pipeline meets, single threaded.
std::unique_ptr<mlir::MLIRContext> createContext();

/// One module on its way through the stages.
class PipelineRun {
 public:
  PipelineRun(mlir::ModuleOp module, const CompileOptions &options);

  /// Runs every stage up to and including `last` (at most `target`). Throws UserError at the user's line when a pass
  /// refuses, InternalError when a stage breaks its contract.
  void runTo(passes::Stage last);

  const CompileOptions &compileOptions() const { return options; }
  const ProgramInfo &programInfo() const { return info; }
  const std::vector<StageTiming> &timings() const { return times; }
  const std::vector<KernelSummary> &kernels() const { return summaries; }
  void addTiming(const std::string &stage, double milliseconds) { times.push_back({stage, milliseconds}); }
  /// Writes text as the stage's dump if ETCH_DUMP asks for it.
  void dump(passes::Stage stage, llvm::StringRef extension, llvm::function_ref<void(llvm::raw_ostream &)> write);
  /// Prints the table that ETCH_TIMING=1 asks for.
  void reportTimings() const;
  /// Collects what fusion did; to be asked for before the stages run. ETCH_EXPLAIN=fusion asks for it.
  void explainFusion() { explains = true; }
  /// Kernels that loaded programs have are taken from there, and others lent; to be asked for before the stages run.
  void shareKernels(KernelSharing &with) { sharing = &with; }
  const KernelSharing *sharedKernels() const { return sharing; }
  /// What Explain.h says of the stages so far.
  std::string fusion() const { return report.text(); }
  /// Prints it if ETCH_EXPLAIN=fusion asks for it.
  void reportFusion() const;

 private:
  mlir::ModuleOp module;
  CompileOptions options;
  std::string dumpDirectory;
  ProgramInfo info;
  std::vector<StageTiming> times;
  std::vector<KernelSummary> summaries;
  bool explains = false;
  KernelSharing *sharing = nullptr;
  std::vector<std::string> remarks;
  FusionReport report;

  void runStage(passes::Stage stage);
  void summarize();
};

/// Adds the passes of any stage, those of codegen included.
void addStagePasses(passes::Stage stage, mlir::OpPassManager &manager, Policy policy, bool explain = false,
                    KernelSharing *sharing = nullptr);

}  // namespace etch::codegen
