// Rows that lie as columns in memory. Kernels of reductions pass over rows of all that they read; such rows they would
// gather, an element from each line, so that the kernel of a transpose writes them down first.

#include "passes/fusion/Grouper.h"

namespace etch::passes {

namespace {

/// Elements of a square of vectors. Of fewer, a kernel's call takes as long as what it saves (docs/decisions/0111).
constexpr int64_t kFewElements = 256;

/// Elements at most so far apart are taken out of whole vectors (codegen/cpu/elements/ElementMemory.cpp)
/// (docs/decisions/0072).
constexpr int64_t kNear = 5;

/// How far apart in the operand lie the neighbours along a row of the result? 1 if the extents do not tell.
int64_t distanceInRows(ir::TransposeOp transpose) {
  llvm::ArrayRef<int64_t> permutation = transpose.getPermutation();
  llvm::ArrayRef<int64_t> operand = ir::typeOf(transpose.getOperand()).getShape();
  auto lane = llvm::find_if(llvm::reverse(permutation), [&](int64_t axis) { return operand[axis] != 1; });
  if (lane == permutation.rend()) return 1;
  int64_t distance = 1;
  for (int64_t extent : operand.drop_front(*lane + 1)) {
    if (mlir::ShapedType::isDynamic(extent)) return mlir::ShapedType::kDynamic;
    distance *= extent;
  }
  return distance;
}

bool isMuch(mlir::Value value) {
  mlir::RankedTensorType type = ir::typeOf(value);
  return !type.hasStaticShape() || type.getNumElements() >= kFewElements;
}

}  // namespace

bool Grouper::crossesRows(mlir::Operation *op) {
  auto transpose = llvm::dyn_cast<ir::TransposeOp>(op);
  if (!transpose || !isMuch(transpose)) return false;
  const int64_t distance = distanceInRows(transpose);
  return mlir::ShapedType::isDynamic(distance) || distance > kNear;
}

/// Is the op's result reduced, at most `depth` ops later that kernels compute or move?
bool Grouper::leadsToReduction(mlir::Operation *op, int depth) {
  int looked = 0;
  for (mlir::Operation *user : op->getResult(0).getUsers()) {
    if (++looked > 4) break;  // enough to tell
    if (user->getBlock() != op->getBlock()) continue;
    const Role role = roleOf(user);
    if (role == Role::Reduce) return true;
    if (depth > 1 && (role == Role::Loop || role == Role::Lazy) && leadsToReduction(user, depth - 1)) return true;
  }
  return false;
}

}  // namespace etch::passes
