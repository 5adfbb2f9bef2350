// etch-opt: reads IR, runs passes or stages, prints IR.

#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

#include "codegen/Pipeline.h"
#include "codegen/cpu/Kernel.h"
#include "ir/dialect/EtchDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Passes.h"

namespace {

using etch::passes::Stage;

/// --stop-after=STAGE: every stage from the first to STAGE, as the compiler runs them.
void registerStages() {
  static llvm::cl::opt<bool> strict("strict",
                                    llvm::cl::desc("numerics policy 'strict' for --stop-after (default: standard)"));
  for (Stage stage : etch::passes::allStages()) {
    if (stage == Stage::binary) continue;
    std::string name = etch::passes::nameOf(stage).str();
    mlir::PassPipelineRegistration<>(
        "stop-after-" + name, "all stages up to and including '" + name + "'", [stage](mlir::OpPassManager &manager) {
          auto policy = strict ? etch::codegen::Policy::strict : etch::codegen::Policy::standard;
          for (Stage each : etch::passes::allStages())
            if (each <= stage) etch::codegen::addStagePasses(each, manager, policy);
        });
  }
}

}  // namespace

int main(int argc, char **argv) {
  etch::passes::registerEtchPasses();
  mlir::registerPass([] { return etch::codegen::createEmitKernels(etch::codegen::Policy::standard); });
  mlir::registerPass(etch::codegen::createEmitEntry);
  mlir::registerPass(etch::codegen::createLowerToLLVM);
  registerStages();

  // --stop-after=STAGE is what people type; MLIR's option parser knows pipelines by their whole names.
  std::vector<std::string> arguments(argv, argv + argc);
  for (std::string &argument : arguments) {
    for (llvm::StringRef prefix : {"--stop-after=", "-stop-after="})
      if (llvm::StringRef(argument).starts_with(prefix)) {
        std::string stage = argument.substr(prefix.size());
        auto known = etch::passes::stageFromName(stage);
        if (!known || *known == Stage::binary) {
          llvm::errs() << "etch-opt: "
                       << (known ? "stage 'binary' is machine code: use etchc; etch-opt stops at one of "
                                 : "unknown stage '" + stage + "'; expected one of ");
          for (Stage each : etch::passes::allStages())
            if (each != Stage::binary) llvm::errs() << (each == Stage::trace ? "" : ", ") << etch::passes::nameOf(each);
          llvm::errs() << '\n';
          return 2;
        }
        argument = "--stop-after-" + stage;
      }
  }
  std::vector<char *> raw;
  for (std::string &argument : arguments) raw.push_back(argument.data());

  mlir::DialectRegistry registry;
  registry
      .insert<etch::ir::EtchDialect, mlir::func::FuncDialect, mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect,
              mlir::LLVM::LLVMDialect, mlir::math::MathDialect, mlir::scf::SCFDialect, mlir::vector::VectorDialect>();
  const char *about =
      "etch-opt - runs passes on etch IR\n\n"
      "  etch-opt model.mlir --stop-after=fused          every stage up to 'fused'\n"
      "  etch-opt model.mlir --etch-form-kernels         one pass\n"
      "  etch-opt model.mlir --etch-expand-derivatives --canonicalize\n";
  return mlir::asMainReturnCode(mlir::MlirOptMain(static_cast<int>(raw.size()), raw.data(), about, registry));
}
