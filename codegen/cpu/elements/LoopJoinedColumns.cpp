// Elementwise kernels that put columns side by side: rows of a few elements, each of which an op of its own makes, as
// stack({x, y, z}, -1) has them. Lanes are rows; the columns of sixteen rows are computed one after the other and
// shuffled into the lines that they are in memory. docs/decisions/0131-joined-columns.md has measurements.

#include "codegen/cpu/elements/LoopTrips.h"
#include "codegen/cpu/elements/TransposedTile.h"
#include "ir/dialect/EtchDialect.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

using ir::typeOf;
using mlir::Value;

namespace {

class JoinedColumns {
 public:
  /// The axes of `extents` behind `rowAxis` are the columns.
  JoinedColumns(KernelFrame &f, llvm::ArrayRef<int64_t> extents, int64_t rowAxis)
      : f(f), extents(extents), rowAxis(rowAxis), index(extents.size(), AxisIndex{f.constant(0), 0, {}}) {
    for (int64_t extent : extents.drop_front(rowAxis + 1)) columns *= extent;
  }

  void emit() {
    const bool overRows = rowAxis == 0;
    int64_t perTrip = opCount(f.body());
    for (int64_t extent : extents.drop_front()) perTrip *= extent;
    f.setTrips(f.constant(extents[0]), f.constant(perTrip), f.constant(overRows ? 8 * kLanes : 1));
    lanesOfTrip(f, kLanes, {});  // calls or copies of math functions
    overAxes(0);
  }

 private:
  KernelFrame &f;
  llvm::ArrayRef<int64_t> extents;
  const int64_t rowAxis;
  int64_t columns = 1;
  Index index;

  void overAxes(int64_t axis) {
    Value lower = axis ? f.constant(0) : f.begin, upper = axis ? f.constant(extents[axis]) : f.end;
    if (axis == rowAxis) return overRows(lower, upper);
    f.loop(lower, upper, 1, [&](Value i) {
      index[axis] = {i, 0, {}};
      overAxes(axis + 1);
    });
  }

  void overRows(Value lower, Value upper) {
    if (hasMath(f.body())) {
      // Code that is long is there once, masked.
      f.loop(lower, upper, kLanes, [&](Value row) { emitRows(row, f.sub(upper, row), f.laneMask(f.sub(upper, row))); });
      return;
    }
    f.laneLoop(lower, upper, {}, [&](Value row, Value mask, mlir::ValueRange) {
      emitRows(row, f.sub(upper, row), mask);
      return llvm::SmallVector<Value>();
    });
  }

  /// A vector of rows from `row` on, of which there are `count` more. All values first, then all stores: a result may
  /// lie over an operand.
  void emitRows(Value row, Value count, Value mask) {
    f.elements.enterBody(kLanes, mask);
    index[rowAxis] = {row, 1, {}};
    llvm::SmallVector<llvm::SmallVector<Value>> values(f.outputs().size());
    for (int64_t column = 0; column < columns; ++column) {
      chooseColumn(column);
      for (auto [output, vectors] : llvm::zip_equal(f.outputs(), values))
        vectors.push_back(f.elements.vectorAt(output, index));
    }
    chooseColumn(0);
    Value place = f.elements.linearize(f.at, f.extents.of(f.outputs()[0]), index).base;
    for (auto [output, vectors, pointer] : llvm::zip_equal(f.outputs(), values, f.results))
      storeColumns(f, output, std::move(vectors), pointer, place, mask ? count : Value());
  }
  void chooseColumn(int64_t column) {
    for (auto axis = static_cast<int64_t>(extents.size()) - 1; axis > rowAxis; --axis) {
      index[axis] = {f.constant(column % extents[axis]), 0, {}};
      column /= extents[axis];
    }
  }
};

/// The axis whose lanes are rows: that in front of the outermost one along which columns are joined.
std::optional<int64_t> rowAxisOf(KernelFrame &f, llvm::ArrayRef<int64_t> extents) {
  std::optional<int64_t> axis;
  for (mlir::Operation &op : f.body().without_terminator()) {
    if (!passes::joinsColumns(&op) || typeOf(op.getResult(0)).getShape().size() != extents.size()) continue;
    const auto joined = static_cast<int64_t>(llvm::cast<ir::ConcatenateOp>(op).getAxis());
    axis = std::min(axis.value_or(joined - 1), joined - 1);
  }
  return axis;
}

}  // namespace

bool emitLoopJoinedColumns(KernelFrame &f) {
  auto type = typeOf(f.outputs()[0]);
  if (!type.hasStaticShape() || type.getNumElements() == 0) return false;
  std::optional<int64_t> rowAxis = rowAxisOf(f, type.getShape());
  auto isLikeFirst = [&](Value output) { return typeOf(output).getShape() == type.getShape(); };
  if (!rowAxis || !passes::areFewColumns(type.getShape(), *rowAxis + 1) || !llvm::all_of(f.outputs(), isLikeFirst))
    return false;
  JoinedColumns(f, type.getShape(), *rowAxis).emit();
  return true;
}

}  // namespace etch::codegen
