#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

#include "ir/dialect/EtchDialect.h"
#include "passes/Passes.h"

namespace etch::passes {

#define GEN_PASS_DEF_INLINECALLS
#include "passes/Passes.h.inc"

namespace {

/// Copies the callee's body in front of the call and returns the values it returns.
llvm::SmallVector<mlir::Value> copyBody(mlir::Operation *call, mlir::ValueRange operands, mlir::func::FuncOp callee) {
  mlir::OpBuilder b(call);
  mlir::IRMapping mapping;
  mlir::Block &body = callee.getBody().front();
  mapping.map(body.getArguments(), operands);
  for (mlir::Operation &op : body.without_terminator()) b.clone(op, mapping);
  llvm::SmallVector<mlir::Value> results;
  for (mlir::Value result : body.getTerminator()->getOperands()) results.push_back(mapping.lookupOrDefault(result));
  return results;
}

struct InlineCalls : impl::InlineCallsBase<InlineCalls> {
  void runOnOperation() override {
    mlir::SymbolTable symbols(getOperation());
    // Innermost first is not needed: copied bodies are visited again until no call is left. Tapes cannot be recursive.
    for (bool again = true; again;) {
      llvm::SmallVector<mlir::Operation *> calls;
      for (auto function : getOperation().getOps<mlir::func::FuncOp>())
        if (function.isPublic())
          function.walk([&](mlir::Operation *op) {
            if (llvm::isa<ir::CallOp, ir::CustomVjpOp>(op)) calls.push_back(op);
          });
      for (mlir::Operation *call : calls) {
        auto symbol = call->getAttrOfType<mlir::FlatSymbolRefAttr>("callee");
        auto callee = symbols.lookup<mlir::func::FuncOp>(symbol.getValue());
        if (callee.empty()) {
          call->emitOpError() << "names " << symbol << ", which is only declared";
          return signalPassFailure();
        }
        call->replaceAllUsesWith(copyBody(call, call->getOperands(), callee));
        call->erase();
      }
      again = !calls.empty();
    }
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<mlir::func::FuncOp>()))
      if (function.isPrivate()) function.erase();
  }
};

}  // namespace
}  // namespace etch::passes
