// The `kernels` stage: dispatch over kernel kinds.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringSwitch.h"

#include "codegen/Unsupported.h"
#include "codegen/cpu/CollapseAxes.h"
#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/MachineCode.h"
#include "codegen/cpu/SharedKernels.h"
#include "codegen/cpu/gemm/GemmRoutine.h"
#include "codegen/cpu/gemm/PackedWeights.h"
#include "codegen/cpu/math/MathRoutine.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/buffer/Partials.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;

namespace {

struct EmitKernels : mlir::PassWrapper<EmitKernels, mlir::OperationPass<mlir::ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(EmitKernels)

  explicit EmitKernels(Policy policy = Policy::standard, KernelSharing *sharing = nullptr)
      : policy(policy), sharing(sharing) {}
  llvm::StringRef getArgument() const override { return "etch-emit-kernels"; }
  llvm::StringRef getDescription() const override { return "emits each kernel as loops over explicit vectors"; }
  void getDependentDialects(mlir::DialectRegistry &registry) const override {
    registry.insert<mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect, LLVM::LLVMDialect, mlir::math::MathDialect,
                    mlir::scf::SCFDialect, mlir::vector::VectorDialect>();
  }

  Policy policy;
  KernelSharing *sharing;

  void runOnOperation() override {
    try {
      layOutWeights(getOperation(), policy);
    } catch (const Error &error) {  // a vector unit that is none
      getOperation().emitError(error.message());
      return signalPassFailure();
    }
    auto kernels = llvm::to_vector(getOperation().getOps<mlir::func::FuncOp>());
    for (mlir::func::FuncOp source : kernels) {
      if (!ir::isKernel(source)) continue;
      try {
        if (sharing)
          emitShared(source);
        else
          emit(source);
      } catch (const UnsupportedError &error) {
        emitUnsupported(source, error);
        return signalPassFailure();
      } catch (const Error &error) {
        source->emitError(error.message());
        return signalPassFailure();
      }
    }
    auto present = getOperation()->getAttrOfType<mlir::ArrayAttr>(kPresentRoutines);
    for (mlir::func::FuncOp routine : llvm::to_vector(getOperation().getOps<mlir::func::FuncOp>())) {
      if (!routine.isDeclaration() || (present && llvm::is_contained(present, routine.getNameAttr()))) continue;
      if (routine.getName().starts_with(kGemmPrefix)) emitGemmRoutine(routine);
      if (isMathRoutine(routine)) emitMathRoutine(routine);
    }
  }

  void emitShared(mlir::func::FuncOp source) {
    const std::optional<std::string> symbol = sharedSymbolOf(source, policy);
    if (!symbol) return void(emit(source));
    if (borrowKernel(source, *symbol, *sharing)) return;
    mayBeLent(emit(source), *symbol, *sharing);
  }

  mlir::func::FuncOp emit(mlir::func::FuncOp source) {
    const llvm::StringRef kind = ir::kernelKind(source);
    mlir::OpBuilder b(source);
    auto pointer = LLVM::LLVMPointerType::get(&getContext());
    auto type = b.getFunctionType({pointer, b.getI64Type(), b.getI64Type()}, {});
    auto target = mlir::func::FuncOp::create(b, source.getLoc(), source.getName(), type);
    target.setPrivate();
    target->setAttr(ir::kKernel, b.getStringAttr(kind));
    target->setAttr(ir::kEmitted, mlir::TypeAttr::get(source.getFunctionType()));
    target->setAttr(ir::kOps, b.getStringAttr(opList(source)));
    if (mlir::Attribute partials = source->getAttr(passes::kPartials)) target->setAttr(passes::kPartials, partials);
    if (source->hasAttr(ir::kFlat))
      target->setAttr(ir::kFlat, b.getUnitAttr());
    else if (kind == "loop" || kind == "reduce")
      collapseAxes(source);
    KernelFrame frame(source, target, policy);
    emitterOf(kind)(frame);
    if (hasTiles(frame, kind)) target->setAttr("passthrough", b.getStrArrayAttr({kWholeEffort}));
    mlir::func::ReturnOp::create(frame.b, source.getLoc());
    if (hasKnownExtents(source)) {
      source.erase();
      return target;
    }
    source->removeAttr(ir::kKernel);
    source->setAttr(passes::kShapeOnly, b.getUnitAttr());
    source.setName((source.getName() + ".shape").str());
    return target;
  }

  using Emitter = void (*)(KernelFrame &);
  static Emitter emitterOf(llvm::StringRef kind) {
    Emitter emitter = llvm::StringSwitch<Emitter>(kind)
                          .Case("loop", emitLoopKernel)
                          .Case("reduce", emitReduceKernel)
                          .Case("dot", emitDotKernel)
                          .Case("attention", emitAttentionKernel)
                          .Case("scan", emitScanKernel)
                          .Case("window", emitWindowKernel)
                          .Case("update", emitUpdateKernel)
                          .Case("straight", emitStraightKernel)
                          .Default(nullptr);
    if (!emitter) throw InternalError("no emitter for kernels of kind '" + kind.str() + "'");
    return emitter;
  }
  static void emitWindowKernel(KernelFrame &frame) {
    if (frame.body().getOps<ir::ConvolutionOp>().empty()) return emitPoolKernel(frame);
    emitConvKernel(frame);
  }

  /// Tiles have many addresses, and all registers for their sums. Most products leave theirs to a routine.
  static bool hasTiles(KernelFrame &frame, llvm::StringRef kind) {
    if (kind == "window") return !frame.body().getOps<ir::ConvolutionOp>().empty();
    if (kind != "dot") return false;
    auto callsRoutine = [](mlir::func::CallOp call) {
      return call.getCallee().starts_with(kGemmPrefix) ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
    };
    return !frame.target.walk(callsRoutine).wasInterrupted();
  }

  static std::string opList(mlir::func::FuncOp kernel) {
    std::string text;
    for (mlir::Operation &op : kernel.getBody().front().without_terminator())
      text += (text.empty() ? "" : " ") + op.getName().stripDialect().str();
    return text;
  }
};

}  // namespace

std::unique_ptr<mlir::Pass> createEmitKernels(Policy policy, KernelSharing *sharing) {
  return std::make_unique<EmitKernels>(policy, sharing);
}

}  // namespace etch::codegen
