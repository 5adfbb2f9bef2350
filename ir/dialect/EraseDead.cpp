#include "ir/dialect/EraseDead.h"

#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace etch::ir {

void eraseDead(mlir::Operation *root) {
  root->walk<mlir::WalkOrder::PostOrder, mlir::ReverseIterator>([&](mlir::Operation *op) {
    if (op != root && mlir::isOpTriviallyDead(op)) op->erase();
  });
}

}  // namespace etch::ir
