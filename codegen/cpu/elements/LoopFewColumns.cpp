// Elementwise kernels over tall matrices of few columns: vectors pass over the matrix as it lies in memory.
//
// A vector of the columns of one row would be nearly empty: two numbers of sixteen. What varies along the columns only
// (a scale of each) repeats itself after a block of rows and is written down for one, or kept in registers; what varies
// along the rows only (a mean of each) is computed for all rows of a block, a lane each, and spread over their columns.
// docs/decisions/0091-few-elements-a-row.md and 0078-columns-in-registers.md have measurements.

#include <numeric>

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/elements/LoopTrips.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using ir::typeOf;
using mlir::Value;

namespace {

/// Longer rows fill half of a vector of their own, which costs no more than what is written down: of 65536x17, one_hot
/// takes as long as memcpy so, and 1.5 times as long by blocks.
constexpr int64_t kMostColumns = kLanes / 2 - 1;
/// Fewer rows are over before a block is written down.
constexpr int64_t kFewestRows = 64;
/// Vectors of a block, at least.
constexpr int64_t kVectors = 16;
/// Vectors of a block whose columns are in registers, at least; and elementwise ops in all of them, at most.
constexpr int64_t kVectorsInRegisters = 4, kOpsInRegisters = 64;

/// On what a tensor of the kernel's shape depends.
enum class Varies { withAll, withColumns, withRows, outside };

struct Shape {
  llvm::ArrayRef<int64_t> extents;
  int64_t rowAxis = 0;  // the axes behind it are columns
  int64_t columns = 1;

  explicit Shape(llvm::ArrayRef<int64_t> extents) : extents(extents) {
    auto axis = static_cast<int64_t>(extents.size()) - 1;
    for (; axis > 0 && columns * extents[axis] <= kMostColumns; --axis) columns *= extents[axis];
    rowAxis = axis;
  }
  int64_t rows() const { return extents[rowAxis]; }
  bool hasFewColumns() const { return extents.size() > 1 && columns > 1 && rows() >= kFewestRows; }
};

class FewColumnsLoop {
 public:
  FewColumnsLoop(KernelFrame &f, Shape shape)
      : f(f), b(f.b), at(f.at), shape(shape), index(shape.extents.size(), AxisIndex{f.constant(0), 0, {}}) {}

  /// Can every value of the kernel's shape be read so?
  bool classify() {
    for (mlir::Operation &op : f.body().without_terminator()) {
      Value value = op.getResult(0);
      if (typeOf(value).getShape() != shape.extents || op.hasTrait<ir::ElementwiseOp>()) continue;
      auto varies = variesOf(&op);
      if (!varies) return false;
      if (*varies == Varies::withColumns || *varies == Varies::withRows) tiles.push_back({value, *varies, {}});
    }
    return !tiles.empty() &&
           llvm::all_of(f.outputs(), [&](Value output) { return typeOf(output).getShape() == shape.extents; });
  }

  void emit() {
    chooseBlock();
    for (Tile &tile : tiles)
      tile.memory =
          f.allocate((rows * shape.columns + 2 * kLanes) * static_cast<int64_t>(size_of(dtypeOf(tile.value))));
    const bool overRows = shape.rowAxis == 0;
    const int64_t first = overRows ? shape.rows() : shape.extents[0];
    int64_t perTrip = opCount(f.body());
    for (int64_t extent : shape.extents.drop_front()) perTrip *= extent;
    f.setTrips(f.constant(first), f.constant(perTrip), f.constant(overRows ? rows : 1));
    lanesOfTrip(f, kLanes, {});  // calls or copies of math functions
    overOuter(0);
  }

 private:
  struct Tile {
    Value value;
    Varies varies;
    Value memory;
    llvm::SmallVector<Value> inRegisters = {};  // its vectors until columns begin at lane 0 again
  };
  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  const Shape shape;
  int64_t rows = 0;    // of a block
  int64_t period = 0;  // vectors until columns begin at lane 0 again, where those are kept in registers; else 0
  Index index;
  llvm::SmallVector<Tile> tiles;

  std::optional<Varies> variesOf(mlir::Operation *op) const {
    bool withRows = false, withColumns = false;
    auto note = [&](int64_t axis) { (axis == shape.rowAxis ? withRows : withColumns) |= axis >= shape.rowAxis; };
    if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op)) {
      for (auto [axis, target] : llvm::enumerate(broadcast.getDims()))
        if (typeOf(broadcast.getOperand()).getDimSize(axis) != 1) note(target);
    } else if (auto iota = llvm::dyn_cast<ir::IotaOp>(op)) {
      note(static_cast<int64_t>(iota.getAxis()));
    } else if (!llvm::isa<ir::ConstantOp>(op)) {
      return std::nullopt;
    }
    if (withRows && withColumns) return std::nullopt;
    return withRows ? Varies::withRows : withColumns ? Varies::withColumns : Varies::outside;
  }

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

  Value address(Value tensor, Value memory, Value place) {
    return elementPointer(b, at, dtypeOf(tensor), memory, place);
  }
  void overVectors(Value count, bool isWhole, llvm::function_ref<void(Value place, Value mask)> body) {
    f.loop(f.constant(0), count, kLanes,
           [&](Value place) { body(place, isWhole ? Value() : f.laneMask(f.sub(count, place))); });
  }

  void overOuter(int64_t axis) {
    Value lower = axis ? f.constant(0) : f.begin, upper = axis ? f.constant(shape.extents[axis]) : f.end;
    if (axis < shape.rowAxis) {
      f.loop(lower, upper, 1, [&](Value i) {
        index[axis] = {i, 0, {}};
        overOuter(axis + 1);
      });
      return;
    }
    repeatColumns();
    if (hasMath(f.body())) {
      // Code that is long is there once, masked.
      f.loop(lower, upper, rows,
             [&](Value row) { emitBlock(row, f.minimum(f.sub(upper, row), f.constant(rows)), /*isWhole=*/false); });
      return;
    }
    Value whole = wholeBlocks(lower, upper);
    for (Tile &tile : tiles) {
      tile.inRegisters.clear();
      for (int64_t i = 0; i < period; ++i)
        tile.inRegisters.push_back(
            loadVector(f, dtypeOf(tile.value), address(tile.value, tile.memory, f.constant(i * kLanes)), Value()));
    }
    f.loop(lower, whole, rows, [&](Value row) { emitBlock(row, f.constant(rows), /*isWhole=*/true); });
    f.loop(whole, upper, rows, [&](Value row) { emitBlock(row, f.sub(upper, row), /*isWhole=*/false); });
  }
  Value wholeBlocks(Value lower, Value upper) {
    Value count = f.split(f.sub(upper, lower), rows).first;
    return f.add(lower, f.mul(count, f.constant(rows)));
  }

  //===-- What is written down -------------------------------------------------------------------------------===//

  /// The values of one row, then those of all rows of a block: a vector at a time, of which the next overwrites what is
  /// too much.
  void repeatColumns() {
    Value columns = f.constant(shape.columns);
    index[shape.rowAxis] = {f.constant(0), 0, {}};
    bool any = false;
    for (const Tile &tile : tiles) {
      if (tile.varies != Varies::withColumns) continue;
      any = true;
      overColumns(shape.rowAxis + 1, f.constant(0), [&](Value place, Value mask) {
        f.elements.enterBody(kLanes, mask);
        storeVector(f, dtypeOf(tile.value), f.elements.vectorAt(tile.value, index),
                    address(tile.value, tile.memory, place), Value());
      });
    }
    if (!any) return;
    f.loop(f.constant(1), f.constant(rows), 1, [&](Value row) {
      for (const Tile &tile : tiles) {
        if (tile.varies != Varies::withColumns) continue;
        auto type = mlir::VectorType::get({kLanes}, memoryType(dtypeOf(tile.value), b.getContext()));
        Value line = loadLine(b, at, type, tile.memory, Value());
        storeLine(b, at, line, address(tile.value, tile.memory, f.mul(row, columns)), Value());
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
      for (auto [tile, value] : llvm::zip_equal(tiles, values))
        if (value) spread(tile, value, to);
    });
    index[shape.rowAxis] = {row, 0, {}};
  }
  void spread(const Tile &tile, Value value, Value to) {
    const DType dtype = dtypeOf(tile.value);
    value = toMemory(b, at, dtype, value);
    for (int64_t place = 0; place < kLanes * shape.columns; place += kLanes) {
      auto rowOf = [&](int64_t lane) { return (place + lane) / shape.columns; };
      auto rows = llvm::to_vector(llvm::map_range(llvm::seq<int64_t>(kLanes), rowOf));
      Value line = mlir::vector::ShuffleOp::create(b, at, value, value, rows);
      storeLine(b, at, line, address(tile.value, tile.memory, f.add(to, f.constant(place))), Value());
    }
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
                   [&](const Tile &tile) { return tile.inRegisters[i % period]; });
      return;
    }
    overVectors(f.mul(count, f.constant(shape.columns)), isWhole, [&](Value place, Value mask) {
      emitVector(f.add(first, place), mask, [&](const Tile &tile) {
        return loadVector(f, dtypeOf(tile.value), address(tile.value, tile.memory, place), mask);
      });
    });
  }
  void emitVector(Value from, Value mask, llvm::function_ref<Value(const Tile &tile)> tileVector) {
    f.elements.enterBody(kLanes, mask);
    llvm::SmallVector<Value> given;
    auto give = [&](Value tensor, Value vector) {
      f.elements.setValue(tensor, vector);
      given.push_back(tensor);
    };
    for (const Tile &tile : tiles) give(tile.value, tileVector(tile));
    for (auto [argument, pointer] : llvm::zip(f.body().getArguments(), f.operands))
      if (typeOf(argument).getShape() == shape.extents)
        give(argument, loadVector(f, dtypeOf(argument), address(argument, pointer, from), mask));
    llvm::SmallVector<Value> values;
    for (Value output : f.outputs()) values.push_back(f.elements.vectorAt(output, index));
    for (auto [output, value, pointer] : llvm::zip(f.outputs(), values, f.results))
      storeVector(f, dtypeOf(output), value, address(output, pointer, from), mask);
    for (Value tensor : given) f.elements.unsetValue(tensor);
  }
};

}  // namespace

bool emitLoopFewColumns(KernelFrame &f) {
  auto type = typeOf(f.outputs()[0]);
  if (!type.hasStaticShape() || type.getNumElements() == 0 || type.getRank() < 2) return false;
  Shape shape(type.getShape());
  if (!shape.hasFewColumns()) return false;
  FewColumnsLoop loop(f, shape);
  if (!loop.classify()) return false;
  loop.emit();
  return true;
}

}  // namespace etch::codegen
