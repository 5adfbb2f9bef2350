#include "codegen/cpu/gemm/DotTiny.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/gemm/PackedWeights.h"
#include "codegen/cpu/gemm/SmallProduct.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace vector = mlir::vector;
using mlir::Value;

namespace {

/// Products of the batch, or rows where there is one product, that share a vector.
int64_t groupsOf(const SmallProduct &p) {
  return kLanes / std::max({p.leftSize(), p.batched ? p.rightSize() : int64_t{1}, p.size(), int64_t{1}});
}

std::optional<SmallProduct> tinyProductOf(ir::DotGeneralOp dot) {
  auto product = SmallProduct::of(dot);
  if (!product || std::max({product->leftSize(), product->rightSize(), product->size()}) > kLanes) return {};
  // Vectors of more than a square's elements are better products side by side (DotSmall.cpp).
  if (product->batched && product->size() == 1 && product->depth > 4) return {};
  // A row a vector would be no better than the shared routine.
  if (!product->batched && groupsOf(*product) < 2) return {};
  return product;
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

  const SmallProduct p = *product;
  const int64_t rows = p.batched ? p.rows : ir::typeOf(dot.getLhs()).getDimSize(0);
  // How many rows there are decides how the routine adds.
  if (mlir::ShapedType::isDynamic(rows) && SmallSums::areDots(f, dtype, p, /*rows=*/1)) return false;
  const int64_t groups = groupsOf(p);
  mlir::OpBuilder &b = f.b;
  mlir::Location at = f.at;
  auto type = mlir::VectorType::get({kLanes}, memoryType(dtype, b.getContext()));
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
    SmallSums sums(f, dtype, p, rows, type, 1);
    for (int64_t k = 0; k < p.depth; ++k) {
      Value factor =
          spread(x, [&](int64_t group, int64_t row, int64_t) { return group * p.leftSize() + p.leftAt(row, k); });
      Value line = spread(y, [&](int64_t group, int64_t, int64_t column) {
        return (p.batched ? group * p.rightSize() : 0) + p.rightAt(k, column);
      });
      sums.add(0, k, factor, line);
    }
    Value to = elementPointer(b, at, dtype, f.results[0], f.mul(start, f.constant(p.size())));
    storeVector(f, dtype, sums.finished()[0], to, mask(some, p.size(), groups * p.size()));
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
