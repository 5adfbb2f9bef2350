// Sums and maxima of windows over the innermost axis, which channels-first pictures have: vectors run over neighbouring
// results of a row.
//
// A window position gives such results elements a stride apart. They are picked out of as many vectors as the stride
// is long, which serve all positions that differ by less than it. At the ends of a row both what there is to load and
// which results meet it is known when code is emitted. Everything is combined in row-major order, as in PoolKernel.cpp.
//
// 32 x 64 x 56^2 f32, one thread, milliseconds (one by one; here; oneDNN 3.2):
//   maximum, 3x3, stride 2   4.7   1.9   2.1
//   maximum, 2x2, stride 2   1.8   1.8   2.0

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/window/PoolFold.h"
#include "codegen/cpu/window/WindowAxis.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// Vectors of the operand that elements are picked from.
constexpr int64_t kMostStride = 4;
/// Positions of a window row, which are written out.
constexpr int64_t kMostTaps = 16;

class PoolColumns {
 public:
  PoolColumns(KernelFrame &f, mlir::Operation *op) : f(f), op(op), fold(f, op) {
    auto type = llvm::cast<mlir::RankedTensorType>(op->getOperand(0).getType()),
         result = llvm::cast<mlir::RankedTensorType>(op->getResult(0).getType());
    rank = type.getRank();
    dtype = ir::toDType(type.getElementType());
    auto entry = [&](llvm::StringRef name, int64_t axis) {
      auto list = op->getAttrOfType<mlir::DenseI64ArrayAttr>(name);
      return list ? list[axis] : 1;
    };
    auto isAlone = [&](int64_t axis) {
      return entry("window", axis) == 1 && entry("strides", axis) == 1 && entry("low", axis) == 0 &&
             entry("high", axis) == 0 && entry("base_dilation", axis) == 1;
    };
    while (outer < rank && isAlone(outer)) ++outer;
    if (outer == rank || rank - outer > 3 || isAlone(rank - 1)) return;
    for (int64_t i = outer; i < rank; ++i) {
      WindowAxis &axis = axes[i + 3 - rank];
      axis.extent = type.getDimSize(i), axis.result = result.getDimSize(i);
      axis.window = entry("window", i), axis.stride = entry("strides", i), axis.low = entry("low", i);
      axis.gap = entry("base_dilation", i), axis.dilation = entry("window_dilation", i);
      if (axis.extent <= 0 || axis.result <= 0 || axis.gap != 1) return;
    }
    fits = axes[2].stride <= kMostStride && axes[2].window <= kMostTaps;
  }

  bool emit() {
    if (!fits) return false;
    size = f.extents.of(op->getOperand(0));
    f.extents.of(op->getResult(0));
    x = f.operands[llvm::cast<mlir::BlockArgument>(op->getOperand(0)).getArgNumber()];
    int64_t work = axes[2].result;
    for (const WindowAxis &axis : axes) work *= axis.window;
    Value images = f.extents.product(llvm::ArrayRef(size).take_front(outer));
    f.setTrips(f.mul(images, f.constant(axes[0].result * axes[1].result)), work);
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      auto [planes, h] = f.split(trip, axes[1].result);
      auto [image, plane] = f.split(planes, axes[0].result);
      emitRow({image, plane, h, WindowTaps(f, axes[0], plane), WindowTaps(f, axes[1], h)});
    });
    return true;
  }

 private:
  KernelFrame &f;
  mlir::Operation *op;
  PoolFold fold;
  DType dtype;
  int64_t rank, outer = 0;         // axes in front that windows leave alone
  std::array<WindowAxis, 3> axes;  // missing ones are in front
  bool fits = false;
  Extents size;
  Value x;

  struct Row {
    Value image, plane, h;
    WindowTaps planes, rows;
  };
  /// kLanes results from `start` on. Inside a row nothing is missing, and `start` may be anything.
  struct Block {
    Value start;
    std::optional<int64_t> at;  // of blocks at the ends of a row
  };
  /// Some of kLanes places.
  struct Lanes {
    int64_t begin, end;
    bool isAll() const { return begin == 0 && end == kLanes; }
  };

  /// Those of kLanes places, `step` elements apart, the first of which is element `at` of the row, that are in it.
  Lanes inRow(int64_t at, int64_t step) const {
    const int64_t begin = std::clamp<int64_t>(quotientUp(-at, step), 0, kLanes);
    return {begin, std::clamp(quotientUp(axes[2].extent - at, step), begin, kLanes)};
  }

  bool isInside(int64_t start) const {
    const WindowAxis &column = axes[2];
    const int64_t first = start * column.stride + source(0) * column.stride,
                  last = start * column.stride + source(column.window - 1) * column.stride + kLanes * column.stride;
    return start + kLanes <= column.result && first >= 0 && last <= column.extent;
  }

  /// Window position k picks from vectors that begin so many strides behind the first result's place.
  int64_t source(int64_t k) const { return quotientDown(k * axes[2].dilation - axes[2].low, axes[2].stride); }

  void emitRow(const Row &row) {
    const int64_t count = axes[2].result;
    for (int64_t start = 0, end; start < count; start = end) {
      end = start + kLanes;
      if (!isInside(start)) {
        emitBlock(row, {f.constant(start), start});
        continue;
      }
      while (isInside(end)) end += kLanes;
      f.loop(f.constant(start), f.constant(end), kLanes, [&](Value at) { emitBlock(row, {at, std::nullopt}); });
    }
  }

  void emitBlock(const Row &row, const Block &block) {
    Values state{fold.start(kLanes)};
    state = f.loop(row.planes.begin, row.planes.end, 1, state, [&](Value jd, mlir::ValueRange outerState) {
      return f.loop(row.rows.begin, row.rows.end, 1, outerState, [&](Value jh, mlir::ValueRange carried) -> Values {
        Value plane = f.add(f.mul(row.image, f.constant(axes[0].extent)), row.planes.element(f, jd));
        Value line = f.add(f.mul(plane, f.constant(axes[1].extent)), row.rows.element(f, jh));
        return {overWindowRow(block, f.mul(line, f.constant(axes[2].extent)), carried[0])};
      });
    });
    Index index;
    Value image = row.image;
    for (int64_t axis = outer; axis-- > 0;) {
      index.insert(index.begin(),
                   {axis ? arith::RemUIOp::create(f.b, f.at, image, size[axis]).getResult() : image, 0, {}});
      if (axis) image = arith::DivUIOp::create(f.b, f.at, image, size[axis]);
    }
    const Index place{{row.plane, 0, {}}, {row.h, 0, {}}, {block.start, 1, {}}};
    index.append(place.end() - (rank - outer), place.end());
    const int64_t results = block.at ? std::min<int64_t>(kLanes, axes[2].result - *block.at) : kLanes;
    Value mask = results < kLanes ? f.laneMask(f.constant(results)) : Value();
    f.storeResults(op->getResult(0), fold.finished(state[0]), index, kLanes, mask);
  }

  Value overWindowRow(const Block &block, Value line, Value state) {
    const WindowAxis &column = axes[2];
    llvm::DenseMap<int64_t, Values> loaded;
    for (int64_t k = 0; k < column.window; ++k) {
      const int64_t from = source(k), lane = k * column.dilation - column.low - from * column.stride;
      Lanes met{0, kLanes};
      if (block.at) met = inRow((*block.at + from) * column.stride + lane, column.stride);
      if (met.begin == met.end) continue;
      auto [vectors, isNew] = loaded.try_emplace(from);
      if (isNew) vectors->second = load(block, line, from);
      Value next = fold.with(state, pick(vectors->second, lane));
      state = met.isAll() ? next : arith::SelectOp::create(f.b, f.at, maskOf(met), next, state).getResult();
    }
    return state;
  }

  /// Neighbouring vectors of the row: as many as the stride is long, from `from` strides behind the block's start on.
  Values load(const Block &block, Value line, int64_t from) {
    const int64_t stride = axes[2].stride;
    Value first = f.add(f.mul(block.start, f.constant(stride)), f.constant(from * stride));
    Values vectors;
    for (int64_t v = 0; v < stride; ++v) {
      Lanes there{0, kLanes};
      if (block.at) there = inRow((*block.at + from) * stride + v * kLanes, 1);
      Value at = elementPointer(f.b, f.at, dtype, x, f.add(f.add(line, first), f.constant(v * kLanes)));
      vectors.push_back(loadVector(f, dtype, at, there.isAll() ? Value() : maskOf(there)));
    }
    return vectors;
  }

  /// Elements `lane`, `lane` + stride, ... of the vectors.
  Value pick(mlir::ValueRange vectors, int64_t lane) {
    const auto count = static_cast<int64_t>(vectors.size());
    Value picked = vectors[0];
    for (int64_t v = 1; v < count; ++v) {
      llvm::SmallVector<int64_t> chosen;
      for (int64_t i = 0; i < kLanes; ++i) {
        const int64_t element = i * count + lane, own = v == 1 ? element % kLanes : i;
        chosen.push_back(element / kLanes == v ? kLanes + element % kLanes : own);
      }
      picked = mlir::vector::ShuffleOp::create(f.b, f.at, picked, vectors[v], chosen);
    }
    return picked;
  }

  Value maskOf(Lanes some) {
    llvm::SmallVector<bool> bits;
    for (int64_t lane = 0; lane < kLanes; ++lane) bits.push_back(lane >= some.begin && lane < some.end);
    auto type = mlir::VectorType::get({kLanes}, f.b.getI1Type());
    return arith::ConstantOp::create(f.b, f.at, mlir::DenseElementsAttr::get(type, llvm::ArrayRef<bool>(bits)));
  }
};

}  // namespace

bool emitPoolColumns(KernelFrame &f, mlir::Operation *op) { return PoolColumns(f, op).emit(); }

}  // namespace etch::codegen
