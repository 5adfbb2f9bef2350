#include "codegen/cpu/gemm/DotTiny.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/MultiplyAdd.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/gemm/PackedWeights.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace vector = mlir::vector;
using mlir::Value;

namespace {

/// A group is a product of the batch, or a row where there is one product: `rows` x `depth` times `depth` x `columns`.
struct TinyProduct {
  bool batched = false;
  bool leftTurned = false, rightTurned = false;  ///< depth is the outer axis on the left, the inner one on the right
  int64_t rows = 1, columns = 1, depth = 1;

  int64_t leftSize() const { return rows * depth; }
  int64_t rightSize() const { return depth * columns; }
  int64_t size() const { return rows * columns; }
  int64_t groups() const {
    return kLanes / std::max({leftSize(), batched ? rightSize() : int64_t{1}, size(), int64_t{1}});
  }
  int64_t leftAt(int64_t row, int64_t k) const { return leftTurned ? k * rows + row : row * depth + k; }
  int64_t rightAt(int64_t k, int64_t column) const { return rightTurned ? column * depth + k : k * columns + column; }
};

std::optional<TinyProduct> tinyProductOf(ir::DotGeneralOp dot) {
  mlir::RankedTensorType left = ir::typeOf(dot.getLhs()), right = ir::typeOf(dot.getRhs());
  TinyProduct p;
  p.batched = !dot.getLhsBatch().empty();
  const int64_t first = p.batched ? 1 : 0;
  if (left.getRank() != first + 2 || right.getRank() != first + 2 || dot.getLhsContract().size() != 1) return {};
  if (p.batched && (dot.getLhsBatch()[0] != 0 || dot.getRhsBatch()[0] != 0)) return {};
  const int64_t leftDepth = dot.getLhsContract()[0], rightDepth = dot.getRhsContract()[0];
  const int64_t leftFree = 2 * first + 1 - leftDepth, rightFree = 2 * first + 1 - rightDepth;
  // Rows of one product may be any number; they must lie one after the other.
  if (!p.batched && leftFree != 0) return {};
  if (left.isDynamicDim(leftDepth) || right.isDynamicDim(rightDepth) || right.isDynamicDim(rightFree) ||
      (p.batched && left.isDynamicDim(leftFree)))
    return {};
  p.leftTurned = leftDepth < leftFree, p.rightTurned = rightFree < rightDepth;
  p.depth = left.getDimSize(leftDepth), p.columns = right.getDimSize(rightFree);
  if (p.batched) p.rows = left.getDimSize(leftFree);
  const int64_t most = std::max({p.leftSize(), p.rightSize(), p.size()});
  if (most > kLanes || std::min({p.rows, p.columns, p.depth}) == 0) return {};
  // A row a vector would be no better than the shared routine.
  if (!p.batched && p.groups() < 2) return {};
  return p;
}

}  // namespace

bool emitTinyDotKernel(KernelFrame &f, ir::DotGeneralOp dot) {
  const DType dtype = dtypeOf(dot.getResult());
  auto left = llvm::dyn_cast<mlir::BlockArgument>(dot.getLhs()),
       right = llvm::dyn_cast<mlir::BlockArgument>(dot.getRhs());
  if ((dtype != DType::f32 && dtype != DType::f64) || !left || !right || PackedWeights::of(f.source)) return false;
  if (f.outputs().size() != 1 || f.outputs()[0] != dot.getResult()) return false;
  auto product = tinyProductOf(dot);
  if (!product) return false;

  const TinyProduct p = *product;
  const int64_t groups = p.groups();
  mlir::OpBuilder &b = f.b;
  mlir::Location at = f.at;
  auto type = mlir::VectorType::get({kLanes}, memoryType(dtype, b.getContext()));
  const bool fused = fusesMultiplyAdd(f.vectorUnit(), f.policy);
  /// Lane (group, row, column) of the result takes lane `from` of x.
  auto spread = [&](Value x, llvm::function_ref<int64_t(int64_t group, int64_t row, int64_t column)> from) -> Value {
    llvm::SmallVector<int64_t> order(kLanes, 0);
    for (int64_t lane = 0; lane < groups * p.size(); ++lane)
      order[lane] = from(lane / p.size(), lane % p.size() / p.columns, lane % p.columns);
    return vector::ShuffleOp::create(b, at, x, x, order);
  };
  auto mask = [&](Value some, int64_t each, int64_t whole) -> Value {
    return some ? f.laneMask(f.mul(some, f.constant(each))) : whole == kLanes ? Value() : f.laneMask(f.constant(whole));
  };
  auto pointerTo = [&](mlir::BlockArgument side, Value position) {
    return elementPointer(b, at, dtype, f.operands[side.getArgNumber()], position);
  };

  Value count = f.extents.of(dot.getResult())[0];
  f.taskWork = kTaskMultiplications;
  f.setTrips(count, f.constant(p.size() * p.depth), f.constant(groups));
  Value shared;
  if (!p.batched) shared = loadVector(f, dtype, pointerTo(right, f.constant(0)), mask({}, 0, p.rightSize()));
  // `some` of the groups exist; null: all.
  auto trip = [&](Value start, Value some) {
    Value x = loadVector(f, dtype, pointerTo(left, f.mul(start, f.constant(p.leftSize()))),
                         mask(some, p.leftSize(), groups * p.leftSize()));
    Value y = shared;
    if (p.batched)
      y = loadVector(f, dtype, pointerTo(right, f.mul(start, f.constant(p.rightSize()))),
                     mask(some, p.rightSize(), groups * p.rightSize()));
    // Sums go along the depth from 0 on, as those of the shared routine.
    Value sum = splatConstant(b, at, type, 0.0);
    for (int64_t k = 0; k < p.depth; ++k) {
      Value factor =
          spread(x, [&](int64_t group, int64_t row, int64_t) { return group * p.leftSize() + p.leftAt(row, k); });
      Value line = spread(y, [&](int64_t group, int64_t, int64_t column) {
        return (p.batched ? group * p.rightSize() : 0) + p.rightAt(k, column);
      });
      sum = emitMultiplyAdd(b, at, factor, line, sum, fused);
    }
    Value to = elementPointer(b, at, dtype, f.results[0], f.mul(start, f.constant(p.size())));
    storeVector(f, dtype, sum, to, mask(some, p.size(), groups * p.size()));
  };
  if (groups == 1) {
    f.loop(f.begin, f.end, 1, [&](Value start) { trip(start, {}); });
    return true;
  }
  Value rest = arith::RemSIOp::create(b, at, f.sub(f.end, f.begin), f.constant(groups));
  Value middle = f.sub(f.end, rest);
  f.loop(f.begin, middle, groups, [&](Value start) { trip(start, {}); });
  f.branch(f.less(middle, f.end), [&] { trip(middle, rest); });
  return true;
}

}  // namespace etch::codegen
