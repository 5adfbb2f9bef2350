// Kernels that compute every element of their results on its own.

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/TransposedTile.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// All values first, then all stores: a result may lie over an operand that is read at the same index.
void emitElements(KernelFrame &f, const Index &index) {
  llvm::SmallVector<Value> values;
  for (Value output : f.outputs()) values.push_back(f.elements.at(output, index));
  for (auto [output, value, pointer] : llvm::zip(f.outputs(), values, f.results))
    f.elements.store(f.at, value, pointer, output, index);
}

int64_t opCount(mlir::Block &kernel) {
  return std::max<int64_t>(1, static_cast<int64_t>(kernel.getOperations().size()) - 1);
}

/// One loop over all elements in memory order.
void emitFlat(KernelFrame &f, Value count) {
  f.elements.flat = true;
  f.setTrips(count, opCount(f.body()));
  if (constantOf(count) == 1) {
    f.elements.enterBody(0, {});
    return emitElements(f, Index{{f.constant(0), 0, {}}});
  }
  f.laneLoop(f.begin, f.end, {}, [&](Value start, Value mask, mlir::ValueRange) {
    f.elements.enterBody(kLanes, mask);
    emitElements(f, Index{{start, 1, {}}});
    return llvm::SmallVector<Value>();
  });
}

/// Rows of a tile when a kernel reads across its lanes (TransposedTile.h).
constexpr int64_t kTileRows = kLanes;

/// The axis along which a transposed operand lies in memory, if that is not the lane axis; else -1.
int64_t tiledAxisOf(mlir::Block &kernel, int64_t rank, int64_t lane) {
  for (mlir::Operation &op : kernel.without_terminator()) {
    auto transpose = llvm::dyn_cast<ir::TransposeOp>(op);
    if (!transpose || static_cast<int64_t>(transpose.getPermutation().size()) != rank) continue;
    int64_t axis = llvm::find(transpose.getPermutation(), rank - 1) - transpose.getPermutation().begin();
    if (axis != lane) return axis;
  }
  return -1;
}

/// A loop an axis, vectors along the innermost one that is longer than 1.
void emitNest(KernelFrame &f, mlir::RankedTensorType domain, llvm::ArrayRef<Value> size) {
  int64_t rank = domain.getRank(), lane = laneAxisOf(domain);
  if (rank == 0) {
    f.setTrips(f.constant(1), opCount(f.body()));
    f.elements.enterBody(0, {});
    return emitElements(f, {});
  }
  llvm::SmallVector<int64_t> order;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (axis != lane && domain.getDimSize(axis) != 1) order.push_back(axis);
  order.push_back(lane);
  llvm::SmallVector<Value> perTrip{f.constant(opCount(f.body()))};
  for (int64_t axis : llvm::ArrayRef(order).drop_front()) perTrip.push_back(size[axis]);
  f.setTrips(size[order[0]], f.extents.product(perTrip),
             f.constant(order[0] == lane                                ? 8 * kLanes
                        : tiledAxisOf(f.body(), rank, lane) == order[0] ? kTileRows
                                                                        : 1));

  int64_t tiled = tiledAxisOf(f.body(), rank, lane);
  if (!llvm::is_contained(order, tiled)) tiled = -1;
  TransposedTiles tiles(f, tiled, lane);
  Value tileBegin, tileEnd;
  Index index(rank, AxisIndex{f.constant(0), 0, {}});
  auto descend = [&](auto &self, size_t depth) -> void {
    int64_t axis = order[depth];
    Value lower = depth ? f.constant(0) : f.begin, upper = depth ? size[axis] : f.end;
    if (axis == tiled) {
      f.loop(lower, upper, kTileRows, [&](Value block) {
        tileBegin = block;
        tileEnd = f.minimum(f.add(block, f.constant(kTileRows)), upper);
        self(self, depth + 1);
      });
      return;
    }
    if (axis != lane) {
      f.loop(lower, upper, 1, [&](Value i) {
        index[axis] = {i, 0, {}};
        self(self, depth + 1);
      });
      return;
    }
    f.laneLoop(lower, upper, {}, [&](Value start, Value mask, mlir::ValueRange) {
      index[axis] = {start, 1, {}};
      auto emitVector = [&] {
        f.elements.enterBody(kLanes, mask);
        emitElements(f, index);
      };
      if (tiled < 0) {
        emitVector();
      } else {
        tiles.fill(index, tileBegin, tileEnd, start, upper);
        f.loop(tileBegin, tileEnd, 1, [&](Value i) {
          index[tiled] = {i, 0, {}};
          tiles.enterRow(f.sub(i, tileBegin));
          emitVector();
        });
      }
      return llvm::SmallVector<Value>();
    });
  };
  descend(descend, 0);
}

}  // namespace

void emitLoopKernel(KernelFrame &f) {
  if (emitTransposeKernel(f) || emitConcatenateKernel(f)) return;
  auto domain = llvm::cast<mlir::RankedTensorType>(f.outputs()[0].getType());
  Extents size = f.extents.of(f.outputs()[0]);
  if (isFlat(f.body())) return emitFlat(f, f.extents.product(size));
  emitNest(f, domain, size);
}

}  // namespace etch::codegen
