// Elementwise kernels over tall matrices of few columns: vectors pass over the matrix as it lies in memory.
//
// A vector of the columns of one row would be nearly empty: two numbers of sixteen. What varies along the columns only
// (a scale of each) repeats itself after a block of rows and is written down for one, or kept in registers; what varies
// along the rows only (a mean of each) is computed for all rows of a block, a lane each, and spread over their columns.
// docs/decisions/0091-few-elements-a-row.md and 0078-columns-in-registers.md have measurements.

#include <numeric>

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/FewColumns.h"
#include "codegen/cpu/elements/LoopTrips.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using ir::typeOf;
using mlir::Value;

namespace {

/// Fewer rows are over before a block is written down (LoopSpreadColumns.cpp) (docs/decisions/0135). A quarter, four
/// times: no kernel changes, 1.39.
constexpr int64_t kFewestRows = 64;
/// Vectors of a block, at least (docs/decisions/0091). Half, twice: 1.07, .86.
constexpr int64_t kVectors = 16;
/// Vectors of a block whose columns are in registers, at least (docs/decisions/0078).
constexpr int64_t kVectorsInRegisters = 4;

class FewColumnsLoop : FewColumns {
 public:
  FewColumnsLoop(KernelFrame &f, FewColumnsShape shape) : FewColumns(f, shape) {}

  using FewColumns::classify;

  void emit() {
    chooseBlock();
    for (const Tile &tile : tiles)
      memory.push_back(
          f.allocate((rows * shape.columns + 2 * kLanes) * static_cast<int64_t>(size_of(dtypeOf(tile.value)))));
    setTrips(rows);
    lanesOfTrip(f, kLanes, {});  // calls or copies of math functions
    overRows([&](Value lower, Value upper) { emitAll(lower, upper); });
  }

 private:
  int64_t rows = 0;    // of a block
  int64_t period = 0;  // vectors until columns begin at lane 0 again, where those are kept in registers; else 0
  llvm::SmallVector<Value> memory;                      // of each tile: what is written down
  llvm::SmallVector<llvm::SmallVector<Value>> columns;  // of each tile: its vectors in registers

  /// Vectors that are few and simple are emitted one behind the other, so that each finds its columns in registers.
  void chooseBlock() {
    auto wholeTimes = [](int64_t atLeast, int64_t unit) { return (atLeast + unit - 1) / unit; };
    const int64_t together = kLanes / std::gcd(shape.columns, kLanes);  // rows of a period
    const int64_t vectors = together * shape.columns / kLanes, times = wholeTimes(kVectorsInRegisters, vectors);
    const bool isByColumns = llvm::all_of(tiles, [](const Tile &t) { return t.varies == Varies::withColumns; });
    if (isByColumns && !hasMath(f.body()) && times * vectors * opCount(f.body()) <= kOpsInRegisters) {
      period = vectors;
      rows = times * together;
    } else {
      rows = kLanes * wholeTimes(kVectors, shape.columns);
    }
  }

  void overVectors(Value count, bool isWhole, llvm::function_ref<void(Value place, Value mask)> body) {
    f.loop(f.constant(0), count, kLanes,
           [&](Value place) { body(place, isWhole ? Value() : f.laneMask(f.sub(count, place))); });
  }

  /// The rows [lower, upper).
  void emitAll(Value lower, Value upper) {
    repeatColumns();
    if (hasMath(f.body())) {
      // Code that is long is there once, masked.
      f.loop(lower, upper, rows,
             [&](Value row) { emitBlock(row, f.minimum(f.sub(upper, row), f.constant(rows)), /*isWhole=*/false); });
      return;
    }
    Value whole = wholeBlocks(lower, upper, rows);
    columns.clear();
    for (auto [tile, written] : llvm::zip_equal(tiles, memory)) {
      columns.emplace_back();
      for (int64_t i = 0; i < period; ++i)
        columns.back().push_back(
            loadVector(f, dtypeOf(tile.value), address(tile.value, written, f.constant(i * kLanes)), Value()));
    }
    f.loop(lower, whole, rows, [&](Value row) { emitBlock(row, f.constant(rows), /*isWhole=*/true); });
    f.loop(whole, upper, rows, [&](Value row) { emitBlock(row, f.sub(upper, row), /*isWhole=*/false); });
  }

  //===-- What is written down -------------------------------------------------------------------------------===//

  /// The values of one row, then those of all rows of a block: a vector at a time, of which the next overwrites what is
  /// too much.
  void repeatColumns() {
    Value columns = f.constant(shape.columns);
    index[shape.rowAxis] = {f.constant(0), 0, {}};
    bool any = false;
    for (auto [tile, written] : llvm::zip_equal(tiles, memory)) {
      if (tile.varies != Varies::withColumns) continue;
      any = true;
      overColumns(shape.rowAxis + 1, f.constant(0), [&](Value place, Value mask) {
        f.elements.enterBody(kLanes, mask);
        storeVector(f, dtypeOf(tile.value), f.elements.vectorAt(tile.value, index), address(tile.value, written, place),
                    Value());
      });
    }
    if (!any) return;
    f.loop(f.constant(1), f.constant(rows), 1, [&](Value row) {
      for (auto [tile, written] : llvm::zip_equal(tiles, memory)) {
        if (tile.varies != Varies::withColumns) continue;
        auto type = mlir::VectorType::get({kLanes}, memoryType(dtypeOf(tile.value), b.getContext()));
        Value line = loadLine(b, at, type, written, Value());
        storeLine(b, at, line, address(tile.value, written, f.mul(row, columns)), Value());
      }
    });
  }
  void overColumns(int64_t axis, Value place, llvm::function_ref<void(Value place, Value mask)> body) {
    Value extent = f.constant(shape.extents[axis]);
    place = f.mul(place, extent);
    if (axis + 1 < static_cast<int64_t>(shape.extents.size())) {
      f.loop(f.constant(0), extent, 1, [&](Value i) {
        index[axis] = {i, 0, {}};
        overColumns(axis + 1, f.add(place, i), body);
      });
    } else {
      overVectors(extent, /*isWhole=*/false, [&](Value start, Value mask) {
        index[axis] = {start, 1, {}};
        body(f.add(place, start), mask);
      });
    }
    index[axis] = {f.constant(0), 0, {}};
  }

  /// The numbers of `count` rows from `row` on, each as often as there are columns.
  void spreadRows(Value row, Value count, bool isWhole) {
    overVectors(count, isWhole, [&](Value start, Value mask) {
      index[shape.rowAxis] = {f.add(row, start), 1, {}};
      f.elements.enterBody(kLanes, mask);
      llvm::SmallVector<Value> values;
      for (const Tile &tile : tiles)
        values.push_back(tile.varies == Varies::withRows ? f.elements.vectorAt(tile.value, index) : Value());
      Value to = f.mul(start, f.constant(shape.columns));
      for (auto [tile, written, value] : llvm::zip_equal(tiles, memory, values)) {
        if (!value) continue;
        value = toMemory(b, at, dtypeOf(tile.value), value);
        for (int64_t number = 0; number < shape.columns; ++number) {
          Value place = f.add(to, f.constant(number * kLanes));
          storeLine(b, at, spread(value, number), address(tile.value, written, place), Value());
        }
      }
    });
    index[shape.rowAxis] = {row, 0, {}};
  }

  //===-- Blocks of rows -------------------------------------------------------------------------------------===//

  void emitBlock(Value row, Value count, bool isWhole) {
    if (llvm::any_of(tiles, [](const Tile &tile) { return tile.varies == Varies::withRows; }))
      spreadRows(row, count, isWhole);
    index[shape.rowAxis] = {row, 0, {}};
    Value first = f.elements.linearize(at, f.extents.of(f.outputs()[0]), index).base;
    if (isWhole && period) {
      for (int64_t i = 0; i * kLanes < rows * shape.columns; ++i)
        emitVector(f.add(first, f.constant(i * kLanes)), Value(),
                   [&](size_t tile) { return columns[tile][i % period]; });
      return;
    }
    overVectors(f.mul(count, f.constant(shape.columns)), isWhole, [&](Value place, Value mask) {
      emitVector(f.add(first, place), mask, [&](size_t tile) {
        Value tensor = tiles[tile].value;
        return loadVector(f, dtypeOf(tensor), address(tensor, memory[tile], place), mask);
      });
    });
  }
};

}  // namespace

bool emitLoopFewColumns(KernelFrame &f) {
  auto type = typeOf(f.outputs()[0]);
  if (!type.hasStaticShape() || type.getNumElements() == 0 || type.getRank() < 2) return false;
  FewColumnsShape shape(type.getShape());
  if (shape.columns < 2) return false;
  // Of many rows, what passes an operand as long as the results takes up to 1.2 times as long by sixteen rows at a
  // time.
  const bool hasFewRows = shape.rows() < kFewestRows;
  const bool readsAsLong = llvm::any_of(f.body().getArgumentTypes(), [&](mlir::Type operand) {
    return llvm::cast<mlir::RankedTensorType>(operand).getShape() == shape.extents;
  });
  if ((hasFewRows || !readsAsLong) && emitLoopSpreadColumns(f, shape)) return true;
  if (hasFewRows) return false;
  FewColumnsLoop loop(f, shape);
  if (!loop.classify()) return false;
  loop.emit();
  return true;
}

}  // namespace etch::codegen
