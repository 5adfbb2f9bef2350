#include "codegen/cpu/gemm/SmallProduct.h"

#include <algorithm>

#include "codegen/cpu/elements/MultiplyAdd.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/gemm/GemmTiles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

namespace {

/// Extents of an operand's matrices, and whether the depth is the outer axis. A missing axis has one element.
struct Matrix {
  int64_t free = 1, depth = 1;
  bool isDepthOuter = false;
};

std::optional<Matrix> matrixOf(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> batch,
                               llvm::ArrayRef<int64_t> contract, bool isFreeRepeated) {
  const auto first = static_cast<int64_t>(batch.size());
  if (first > 1 || (first == 1 && batch[0] != 0) || contract.size() != 1) return {};
  if (type.getRank() > first + 2) return {};
  Matrix matrix;
  for (int64_t axis = first; axis < type.getRank(); ++axis) {
    const bool isDepth = axis == contract[0];
    if (!isDepth && isFreeRepeated) continue;
    if (type.isDynamicDim(axis)) return {};
    (isDepth ? matrix.depth : matrix.free) = type.getDimSize(axis);
  }
  matrix.isDepthOuter = contract[0] + 1 < type.getRank();
  return matrix;
}

}  // namespace

std::optional<SmallProduct> SmallProduct::of(ir::DotGeneralOp dot) {
  SmallProduct p;
  p.batched = !dot.getLhsBatch().empty();
  mlir::RankedTensorType left = ir::typeOf(dot.getLhs());
  auto lhs = matrixOf(left, dot.getLhsBatch(), dot.getLhsContract(), /*isFreeRepeated=*/!p.batched);
  auto rhs = matrixOf(ir::typeOf(dot.getRhs()), dot.getRhsBatch(), dot.getRhsContract(), /*isFreeRepeated=*/false);
  if (!lhs || !rhs) return {};
  // Rows of one product may be any number; they must lie one after the other.
  if (!p.batched && (left.getRank() != 2 || lhs->isDepthOuter)) return {};
  p.leftTurned = lhs->isDepthOuter, p.rightTurned = !rhs->isDepthOuter;
  p.rows = lhs->free, p.columns = rhs->free, p.depth = lhs->depth;
  if (std::min({p.rows, p.columns, p.depth}) == 0) return {};
  return p;
}

bool SmallSums::areDots(KernelFrame &f, DType dtype, const SmallProduct &p, int64_t rows) {
  if (f.policy == Policy::strict || !p.liesLeftAlongDepth() || !p.liesRightAlongDepth()) return false;
  return gemmTilesFor(dtype, f.vectorUnit(), f.policy).dotsPay(rows, p.columns, p.depth);
}

SmallSums::SmallSums(KernelFrame &f, DType dtype, const SmallProduct &p, int64_t rows, mlir::VectorType type,
                     int64_t number)
    : f(f), fused(fusesMultiplyAdd(f.vectorUnit(), f.policy)) {
  if (areDots(f, dtype, p, rows)) lanes = std::min(gemmTilesFor(dtype, f.vectorUnit(), f.policy).lanes, p.depth);
  sums.assign(number, Values(lanes, splatConstant(f.b, f.at, type, 0.0)));
}

void SmallSums::add(int64_t i, int64_t k, mlir::Value x, mlir::Value y) {
  mlir::Value &sum = sums[i][k % lanes];
  sum = emitMultiplyAdd(f.b, f.at, x, y, sum, fused);
}

SmallSums::Values SmallSums::finished() {
  Values results;
  for (Values &parts : sums) {
    // Halves of a vector are added; lanes behind the depth hold zeros there.
    for (auto half = static_cast<int64_t>(llvm::PowerOf2Ceil(lanes)) / 2; half >= 1; half /= 2)
      for (int64_t lane = 0; lane < half && lane + half < lanes; ++lane)
        parts[lane] = mlir::arith::AddFOp::create(f.b, f.at, parts[lane], parts[lane + half]);
    results.push_back(parts[0]);
  }
  return results;
}

}  // namespace etch::codegen
