// Kernels that only put axes in another order.
//
// Axes that stay neighbours are one axis, so every permutation is either runs of memory that stay together, copied as
// they lie (TransposeRuns.cpp), or a batch of matrices to transpose: by tiles (TransposeTiles.cpp), or by taking lines
// apart where one side has a few elements only (TransposeNarrow.cpp).

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/move/TransposeFrame.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = TransposeFrame::Values;

TransposeFrame::TransposeFrame(KernelFrame &f, ir::TransposeOp op)
    : f(f),
      b(f.b),
      at(f.at),
      bytes(size_of(ir::toDType(op.getType().getElementType()))),
      word(b.getIntegerType(8 * bytes)) {
  findAxes(op);
  Values all;
  for (const MovedAxis &axis : axes) all.push_back(axis.extent);
  elements = f.extents.product(all);
  large = atLeast(f.mul(elements, f.constant(bytes)), kLarge);
}

void TransposeFrame::findAxes(ir::TransposeOp op) {
  Extents size = f.extents.of(op.getOperand());
  llvm::SmallVector<int64_t> permutation;
  for (int64_t axis : op.getPermutation())
    if (constantOf(size[axis]) != 1) permutation.push_back(axis);
  auto strideOf = [&](llvm::ArrayRef<int64_t> later) {
    Values extents;
    for (int64_t axis : later) extents.push_back(size[axis]);
    return f.extents.product(extents);
  };
  llvm::SmallVector<int64_t> order(permutation);
  llvm::sort(order);
  auto positionInOperand = [&](int64_t axis) { return llvm::find(order, axis) - order.begin(); };
  for (size_t i = 0; i < permutation.size(); ++i) {
    int64_t position = positionInOperand(permutation[i]);
    MovedAxis moved{size[permutation[i]], strideOf(llvm::ArrayRef(order).drop_front(position + 1)),
                    strideOf(llvm::ArrayRef(permutation).drop_front(i + 1)), position};
    if (!axes.empty() && axes.back().source + 1 == position) {
      moved.extent = f.mul(axes.back().extent, moved.extent);
      axes.back() = moved;
    } else {
      axes.push_back(moved);
    }
  }
  // Positions among the merged axes.
  llvm::SmallVector<int64_t> sources;
  for (const MovedAxis &axis : axes) sources.push_back(axis.source);
  llvm::sort(sources);
  for (MovedAxis &axis : axes) axis.source = llvm::find(sources, axis.source) - sources.begin();
}

//===-- Conditions -------------------------------------------------------------------------------------------===//

TransposeFrame::Condition TransposeFrame::atLeast(Value value, int64_t limit) {
  if (auto known = constantOf(value)) return {Value(), *known >= limit};
  return {arith::CmpIOp::create(b, at, arith::CmpIPredicate::sge, value, f.constant(limit)), false};
}

TransposeFrame::Condition TransposeFrame::both(Condition x, Condition y) {
  if (!x.value) return x.known ? y : x;
  if (!y.value) return y.known ? x : y;
  return {arith::AndIOp::create(b, at, x.value, y.value), false};
}

void TransposeFrame::choose(const Condition &condition, llvm::function_ref<void()> yes, llvm::function_ref<void()> no) {
  if (!condition.value) return condition.known ? yes() : no();
  auto branch = mlir::scf::IfOp::create(b, at, condition.value, /*withElseRegion=*/true);
  for (bool side : {true, false}) {
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(side ? branch.thenBlock() : branch.elseBlock());
    side ? yes() : no();
  }
}

Value TransposeFrame::select(const Condition &condition, Value yes, Value no) {
  if (!condition.value) return condition.known ? yes : no;
  return arith::SelectOp::create(b, at, condition.value, yes, no);
}
Value TransposeFrame::select(const Condition &condition, int64_t yes, int64_t no) {
  return select(condition, f.constant(yes), f.constant(no));
}

//===-- Memory -----------------------------------------------------------------------------------------------===//

Value TransposeFrame::address(Value base, Value position) {
  return LLVM::GEPOp::create(b, at, base.getType(), word, base, llvm::ArrayRef<LLVM::GEPArg>{position});
}
Value TransposeFrame::load(mlir::VectorType type, Value from, Value mask) { return loadLine(b, at, type, from, mask); }
void TransposeFrame::store(Value value, Value to, Value mask) { storeLine(b, at, value, to, mask); }
void TransposeFrame::storePast(Value value, Value to) {
  LLVM::StoreOp::create(b, at, value, to, kCacheLine, /*isVolatile=*/false, /*isNonTemporal=*/true);
}
void TransposeFrame::fenceIfLarge() {
  choose(large, [&] { LLVM::FenceOp::create(b, at, LLVM::AtomicOrdering::seq_cst, ""); }, [] {});
}

TransposeFrame::Condition TransposeFrame::alignedPast() {
  if (large.isNever()) return {};
  Value place = LLVM::PtrToIntOp::create(b, at, b.getI64Type(), f.results[0]);
  Value over = arith::AndIOp::create(b, at, place, f.constant(kCacheLine - 1));
  return both(large, {arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, over, f.constant(0))});
}

Values TransposeFrame::positionIn(llvm::ArrayRef<Value> counts, Value trip) {
  Values position(counts.size());
  for (size_t i = counts.size(); i-- > 0;) {
    if (constantOf(counts[i]) == 1) {
      position[i] = f.constant(0);
      continue;
    }
    if (i == 0) {
      position[i] = trip;
      break;
    }
    position[i] = arith::RemUIOp::create(b, at, trip, counts[i]);
    trip = arith::DivUIOp::create(b, at, trip, counts[i]);
  }
  return position;
}

std::pair<Value, Value> TransposeFrame::matrixAt(llvm::ArrayRef<MovedAxis> outer, llvm::ArrayRef<Value> position) {
  Value from = f.constant(0), to = f.constant(0);
  for (auto [axis, p] : llvm::zip_first(outer, position)) {
    from = f.add(from, f.mul(p, axis.from));
    to = f.add(to, f.mul(p, axis.to));
  }
  return {address(f.operands[0], from), address(f.results[0], to)};
}

void TransposeFrame::copyRun(Value from, Value to, Value count, const Condition &past) {
  auto lines = [&](Value first, bool streams) {
    const int64_t lanes = lineElements();
    Value whole = arith::AndIOp::create(b, at, f.sub(count, first), f.constant(-lanes));
    Value middle = f.add(first, whole);
    f.loop(first, middle, lanes, [&](Value i) {
      Value value = load(vectorOf(lanes), address(from, i));
      streams ? storePast(value, address(to, i)) : store(value, address(to, i));
    });
    f.loop(middle, count, lanes, [&](Value i) { copyMasked(from, to, i, f.sub(count, i)); });
  };
  choose(
      past,
      [&] {
        Value place = LLVM::PtrToIntOp::create(b, at, b.getI64Type(), to);
        Value gap = arith::AndIOp::create(b, at, f.sub(f.constant(0), place), f.constant(kCacheLine - 1));
        gap = f.minimum(arith::DivUIOp::create(b, at, gap, f.constant(bytes)), count);
        f.loop(f.constant(0), gap, kCacheLine / bytes, [&](Value i) { copyMasked(from, to, i, gap); });
        lines(gap, true);
      },
      [&] { lines(f.constant(0), false); });
}

void TransposeFrame::copyMasked(Value from, Value to, Value position, Value count) {
  Value mask = f.laneMask(count, lineElements());
  store(load(vectorOf(lineElements()), address(from, position), mask), address(to, position), mask);
}

//===-- The kernel -------------------------------------------------------------------------------------------===//

bool emitTransposeKernel(KernelFrame &f) {
  auto op = llvm::dyn_cast<ir::TransposeOp>(f.body().front());
  if (!op || op->getNextNode() != f.body().getTerminator() || !llvm::isa<mlir::BlockArgument>(op.getOperand()))
    return false;
  TransposeFrame t(f, op);
  const auto last = static_cast<int64_t>(t.axes.size()) - 1;
  if (last < 1 || t.axes.back().source == last) {
    emitTransposedRuns(t);
    return true;
  }
  MovedMatrices matrices;
  for (const MovedAxis &axis : llvm::ArrayRef(t.axes).drop_back())
    (axis.source == last ? matrices.rows : matrices.batch.emplace_back()) = axis;
  matrices.columns = t.axes.back();
  if (!emitNarrowTranspose(t, matrices)) emitTransposedTiles(t, matrices);
  return true;
}

}  // namespace etch::codegen
