// Elementwise kernels of few rows of few columns for each index of the axes in front of them, such as the points of
// each of many curves, or of many rows that nothing is read beside. Operands vary with rows or with columns only, and
// little is computed: sixteen rows at a time, their vectors one behind the other. The columns are loaded once for all
// rows and repeated by shuffles; of what varies with rows, lane i is row i until shuffles spread it. Nothing is written
// down. docs/decisions/0135-rows-spread-in-registers.md has measurements.

#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/FewColumns.h"
#include "codegen/cpu/elements/LoopTrips.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Of two columns, as many fill a vector (docs/decisions/0135).
constexpr int64_t kFewestRows = kLanes / 2;

class SpreadColumnsLoop : FewColumns {
 public:
  SpreadColumnsLoop(KernelFrame &f, FewColumnsShape shape) : FewColumns(f, shape) {}

  using FewColumns::classify;

  void emit() {
    setTrips(kLanes);
    overRows([&](Value lower, Value upper) { emitAll(lower, upper); });
  }

 private:
  llvm::SmallVector<Value> columns;  // of one row, for each tile that varies with them

  /// The rows [lower, upper).
  void emitAll(Value lower, Value upper) {
    loadColumns();
    Value whole = wholeBlocks(lower, upper, kLanes);
    f.loop(lower, whole, kLanes, [&](Value row) { emitRows(row, Value()); });
    // Whole blocks are all there is where the extent says so.
    if (shape.rowAxis != 0 && shape.rows() % kLanes == 0) return;
    f.loop(whole, upper, kLanes, [&](Value row) { emitRows(row, f.sub(upper, row)); });
  }

  void loadColumns() {
    index[shape.rowAxis] = {f.constant(0), 0, {}};
    index.back() = {f.constant(0), 1, {}};
    f.elements.enterBody(kLanes, f.laneMask(f.constant(shape.columns)));
    columns.clear();
    for (const Tile &tile : tiles)
      columns.push_back(tile.varies == Varies::withColumns ? f.elements.vectorAt(tile.value, index) : Value());
    index.back() = {f.constant(0), 0, {}};
  }

  /// `count` rows, or sixteen where it is null.
  void emitRows(Value row, Value count) {
    index[shape.rowAxis] = {row, 1, {}};
    f.elements.enterBody(kLanes, count ? f.laneMask(count) : Value());
    llvm::SmallVector<Value> rows;
    for (const Tile &tile : tiles)
      rows.push_back(tile.varies == Varies::withRows ? f.elements.vectorAt(tile.value, index) : Value());
    index[shape.rowAxis] = {row, 0, {}};
    Value first = f.elements.linearize(at, f.extents.of(f.outputs()[0]), index).base;
    Value elements = count ? f.mul(count, f.constant(shape.columns)) : Value();
    for (int64_t number = 0; number < shape.columns; ++number) {
      Value offset = f.constant(number * kLanes);
      emitVector(f.add(first, offset), count ? f.laneMask(f.sub(elements, offset)) : Value(),
                 [&](size_t i) { return rows[i] ? spread(rows[i], number) : repeated(columns[i], number); });
    }
  }

  /// Vector `number` of rows that are all `row`.
  Value repeated(Value row, int64_t number) {
    auto columnOf = [&](int64_t lane) { return (number * kLanes + lane) % shape.columns; };
    auto lanes = llvm::to_vector(llvm::map_range(llvm::seq<int64_t>(kLanes), columnOf));
    return mlir::vector::ShuffleOp::create(b, at, row, row, lanes);
  }
};

}  // namespace

bool emitLoopSpreadColumns(KernelFrame &f, FewColumnsShape shape) {
  const bool hasOneAxis = shape.rowAxis + 2 == static_cast<int64_t>(shape.extents.size());
  if (!hasOneAxis || shape.columns < 2 || shape.rows() < kFewestRows || hasMath(f.body()) ||
      shape.columns * opCount(f.body()) > kOpsInRegisters)
    return false;
  SpreadColumnsLoop loop(f, shape);
  if (!loop.classify()) return false;
  loop.emit();
  return true;
}

}  // namespace etch::codegen
