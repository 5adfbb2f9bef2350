// Loops that read transposed operands across their lanes: by squares of sixteen rows by sixteen lanes, which are read
// as they lie and transposed in registers (TransposedTile.h).
//
// Where tensors are larger than the caches the order of the squares matters. A square reads one line of each of sixteen
// rows of the operand, which lie as far apart as rows are long; along the lanes of a result all rows of the operand are
// passed over before the next line of one is read, and nothing fetches that ahead. So squares are taken in blocks, in
// each of which every row is read, and written, in runs of a KiB. docs/decisions/0111-crossed-rows.md has measurements.

#include "codegen/cpu/elements/LoopTrips.h"
#include "codegen/cpu/elements/StreamedStores.h"
#include "codegen/cpu/elements/TransposedTile.h"
#include "ir/dialect/EtchDialect.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Rows of a square (docs/decisions/0019).
constexpr int64_t kSquare = kLanes;

/// Bytes of a row, of operands and of results, that belong to one block (docs/decisions/0111).
constexpr int64_t kBlockBytes = 1024;

/// Results from which on squares are taken in blocks. With them, and as many bytes of each operand, in the caches rows
/// of squares take as long (1024 x 1024 f32), and are less code (docs/decisions/0111). A quarter, four times: 1.15,
/// 1.00.
constexpr int64_t kLargeBytes = 8 << 20;

/// The axis along which a transposed operand lies in memory, if that is not the lane axis; else -1.
int64_t crossedAxisOf(mlir::Block &kernel, mlir::RankedTensorType domain, int64_t lane) {
  const int64_t rank = domain.getRank();
  for (mlir::Operation &op : kernel.without_terminator()) {
    auto transpose = llvm::dyn_cast<ir::TransposeOp>(op);
    if (!transpose || static_cast<int64_t>(transpose.getPermutation().size()) != rank) continue;
    if (passes::becomesPlanes(transpose)) continue;
    int64_t axis = llvm::find(transpose.getPermutation(), rank - 1) - transpose.getPermutation().begin();
    if (axis != lane) return domain.getDimSize(axis) == 1 ? -1 : axis;
  }
  return -1;
}

int64_t bytesOfElement(KernelFrame &f) { return static_cast<int64_t>(size_of(dtypeOf(f.outputs()[0]))); }

bool isMultiple(Value extent, int64_t of) {
  auto known = constantOf(extent);
  return known && *known % of == 0;
}

/// After setTrips.
class CrossedLoop {
 public:
  CrossedLoop(KernelFrame &f, llvm::ArrayRef<int64_t> order, llvm::ArrayRef<Value> size, int64_t crossed, bool isLarge)
      : f(f),
        order(order),
        size(size),
        lane(order.back()),
        crossed(crossed),
        isLarge(isLarge),
        isWhole(isMultiple(size[lane], kLanes)),
        index(size.size(), AxisIndex{f.constant(0), 0, {}}),
        tiles(f, crossed, lane),
        // Each row begins at a line if the first one does.
        results(f, isWhole ? streamableOutputs(f.source) : llvm::SmallVector<unsigned>(), f.constant(0)) {}

  void emit() {
    overAxes(0);
    results.finish();
  }

 private:
  KernelFrame &f;
  llvm::ArrayRef<int64_t> order;
  llvm::ArrayRef<Value> size;
  int64_t lane, crossed;
  bool isLarge, isWhole;  ///< rows are whole vectors
  Index index;
  TransposedTiles tiles;
  StreamedStores results;
  Value rowsBegin, rowsEnd;  // of a block, along the crossed axis

  int64_t blockExtent() const { return kBlockBytes / bytesOfElement(f); }

  /// Parts of [begin, end) of so many, the last one shorter: body(from, to).
  void inParts(Value begin, Value end, int64_t extent, llvm::function_ref<void(Value, Value)> body) {
    f.loop(begin, end, extent, [&](Value from) { body(from, f.minimum(f.add(from, f.constant(extent)), end)); });
  }

  void overAxes(size_t depth) {
    const int64_t axis = order[depth];
    Value begin = depth ? f.constant(0) : f.begin, end = depth ? size[axis] : f.end;
    if (axis == lane) return overBlocks(begin, end);
    if (axis == crossed) {
      inParts(begin, end, isLarge ? blockExtent() : kSquare, [&](Value from, Value to) {
        rowsBegin = from;
        rowsEnd = to;
        overAxes(depth + 1);
      });
      return;
    }
    f.loop(begin, end, 1, [&](Value i) {
      index[axis] = {i, 0, {}};
      overAxes(depth + 1);
    });
  }

  void overBlocks(Value begin, Value end) {
    if (!isLarge) return results.emit([&] { overLanes(rowsBegin, rowsEnd, begin, end); });
    inParts(begin, end, blockExtent(), [&](Value from, Value to) {
      inParts(rowsBegin, rowsEnd, kSquare,
              [&](Value row, Value rowEnd) { results.emit([&] { overLanes(row, rowEnd, from, to); }); });
    });
  }

  void overLanes(Value row, Value rowEnd, Value begin, Value end) {
    auto square = [&](Value start, Value mask) {
      index[lane] = {start, 1, {}};
      tiles.fill(index, row, isMultiple(size[crossed], kSquare) ? Value() : rowEnd, start, isWhole ? Value() : end);
      f.loop(row, rowEnd, 1, [&](Value i) {
        index[crossed] = {i, 0, {}};
        f.elements.enterBody(kLanes, mask);
        tiles.enterRow(f.sub(i, row));
        emitElements(f, index);
      });
    };
    if (isWhole) return f.loop(begin, end, kLanes, [&](Value start) { square(start, {}); });
    f.laneLoop(begin, end, {}, [&](Value start, Value mask, mlir::ValueRange) {
      square(start, mask);
      return llvm::SmallVector<Value>();
    });
  }
};

}  // namespace

bool emitLoopCrossed(KernelFrame &f) {
  auto domain = llvm::cast<mlir::RankedTensorType>(f.outputs()[0].getType());
  if (domain.getRank() == 0) return false;
  const int64_t lane = laneAxisOf(domain), crossed = crossedAxisOf(f.body(), domain, lane);
  if (crossed < 0) return false;
  llvm::SmallVector<int64_t> order = loopOrder(domain, lane);
  Extents size = f.extents.of(f.outputs()[0]);
  llvm::SmallVector<Value> perTrip{f.constant(opCount(f.body()))};
  for (int64_t axis : llvm::ArrayRef(order).drop_front()) perTrip.push_back(size[axis]);
  const bool isLarge = domain.hasStaticShape() && domain.getNumElements() * bytesOfElement(f) >= kLargeBytes;
  // Blocks are there in tasks of many rows only.
  if (isLarge) f.splitInRanges();
  f.setTrips(size[order[0]], f.extents.product(perTrip), f.constant(order[0] == crossed ? kSquare : 1));
  CrossedLoop(f, order, size, crossed, isLarge).emit();
  return true;
}

}  // namespace etch::codegen
