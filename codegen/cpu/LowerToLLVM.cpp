// scf, cf, arith, math, vector and func to the LLVM dialect, with upstream's patterns.

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"

#include "codegen/cpu/LowerLoops.h"
#include "codegen/cpu/LowerPlainOps.h"
#include "codegen/cpu/entry/Entry.h"

namespace etch::codegen {

namespace {

struct LowerToLLVM : mlir::PassWrapper<LowerToLLVM, mlir::OperationPass<mlir::ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerToLLVM)
  llvm::StringRef getArgument() const override { return "etch-lower-to-llvm"; }
  llvm::StringRef getDescription() const override {
    return "lowers emitted kernels and entry functions to the LLVM dialect";
  }
  void getDependentDialects(mlir::DialectRegistry &registry) const override {
    registry.insert<mlir::LLVM::LLVMDialect>();
  }

  void runOnOperation() override {
    mlir::MLIRContext *context = &getContext();
    // Everything is lowered, or nothing is of use: there is no need to be able to go back. What could be folded LLVM
    // folds.
    mlir::ConversionConfig config;
    config.allowPatternRollback = false;
    config.foldingMode = mlir::DialectConversionFoldingMode::Never;
    // Attributes that served the earlier stages mean nothing to LLVM.
    getOperation().walk([](mlir::func::FuncOp function) {
      for (mlir::NamedAttribute attribute : llvm::to_vector(function->getDiscardableAttrs()))
        if (attribute.getName().getValue().starts_with("etch.")) function->removeAttr(attribute.getName());
    });
    // Loops first: ops are lowered block by block.
    lowerLoops(getOperation());
    lowerPlainOps(getOperation());
    if (isLowered(getOperation())) return;
    mlir::LLVMTypeConverter converter(context);
    mlir::RewritePatternSet patterns(context);
    mlir::arith::populateArithToLLVMConversionPatterns(converter, patterns);
    mlir::populateMathToLLVMConversionPatterns(converter, patterns);
    mlir::populateVectorToLLVMConversionPatterns(converter, patterns);
    mlir::cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    mlir::populateFuncToLLVMConversionPatterns(converter, patterns);
    mlir::LLVMConversionTarget target(*context);
    target.addLegalOp<mlir::ModuleOp>();
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns), config))) return signalPassFailure();
    // Functions that are handed over as pointers were cast to them; now they are pointers.
    llvm::SmallVector<mlir::UnrealizedConversionCastOp> casts;
    getOperation().walk([&](mlir::UnrealizedConversionCastOp cast) { casts.push_back(cast); });
    mlir::reconcileUnrealizedCasts(casts);
  }
};

}  // namespace

std::unique_ptr<mlir::Pass> createLowerToLLVM() { return std::make_unique<LowerToLLVM>(); }

}  // namespace etch::codegen
