// Sums and maxima of windows over the innermost axis, which channels-first pictures have: vectors run over neighbouring
// results of a row (WindowColumns.h). Sums are combined in row-major order, as in PoolKernel.cpp. Maxima, which any
// order gives, are taken of the rows first: of whole vectors, out of which the window positions of a row are picked
// once.
//
// Gaps between the elements (the derivative of a sum with strides) are phases: their results are computed apart and put
// in turn before they are stored.
//
// 16 x 64 x 56^2 f32, one thread, milliseconds:
//
//                                   one by one   here   memcpy of as many bytes
//   maximum, 7x7, stride 7                 2.8   0.67   0.45
//   gradient of a mean, 2x2, stride 2      3.8   0.95   0.55
//   gradient of a mean, 3x3, stride 2      8.2   0.89   0.55
//   gradient of a mean, 7x7, stride 7       31   0.55   0.45

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/window/PoolFold.h"
#include "codegen/cpu/window/PoolPictures.h"
#include "codegen/cpu/window/WindowColumns.h"
#include "codegen/cpu/window/WindowRow.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// Vectors of a row whose maxima are in registers, of AVX2 too (docs/decisions/0080). Half, twice: .63, no kernel
/// changes.
constexpr int64_t kMostColumns = 4;

class PoolColumns {
 public:
  PoolColumns(KernelFrame &f, mlir::Operation *op, const PoolPictures &pictures)
      : f(f),
        op(op),
        pictures(pictures),
        fold(f, op),
        dtype(ir::toDType(mlir::getElementTypeOrSelf(op->getOperand(0).getType()))),
        columns(f, dtype, pictures.axes[2]) {}

  bool emit() {
    if (!columns.fits()) return false;
    const auto &axes = pictures.axes;
    size = f.extents.of(op->getOperand(0));
    f.extents.of(op->getResult(0));
    x = f.pointerOf(op->getOperand(0));
    int64_t work = axes[2].result;
    for (const WindowAxis &axis : axes) work *= quotientUp(axis.window, axis.period());
    Value images = f.extents.product(llvm::ArrayRef(size).take_front(pictures.outer));
    f.setTrips(f.mul(images, f.constant(axes[0].result * axes[1].result)), work);
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      const WindowRow row = WindowRow::ofTrip(f, axes, trip);
      auto isInside = [&](int64_t start) { return columns.isInside(start); };
      columns.overBlocks(columns.count(), isInside, {}, [&](const Block &block, mlir::ValueRange) {
        keep(row, block, byRows() ? Values{maxima(row, block)} : inTurn(folded(row, block)));
        return Values();
      });
    });
    return true;
  }

 private:
  using Block = WindowColumns::Block;

  KernelFrame &f;
  mlir::Operation *op;
  const PoolPictures &pictures;
  PoolFold fold;
  DType dtype;
  WindowColumns columns;
  Extents size;
  Value x;

  /// next = body(the first element of a row of the window, next) for each row.
  Values overRows(const WindowRow &row, const Values &states, llvm::function_ref<Values(Value, Values)> body) {
    return row.overRows(states, [&](Value jd, Value jh, mlir::ValueRange carried) {
      return body(f.mul(row.elementLine(jd, jh), f.constant(pictures.axes[2].extent)),
                  llvm::to_vector_of<Value>(carried));
    });
  }

  //===-- Maxima of rows, then of what is picked out of them ---------------------------------------------------===//

  const WindowPhase &phase() const { return columns.phases()[0]; }
  /// Elements of a row that a vector of results meets.
  int64_t span() const {
    return (kLanes - 1) * phase().advance + phase().element(phase().taps - 1) - phase().element(0) + 1;
  }
  bool byRows() const {
    return llvm::isa<ir::ReduceWindowMaxOp>(op) && columns.phases().size() == 1 && phase().taps > 0 &&
           quotientUp(span(), kLanes) <= kMostColumns;
  }

  Value maxima(const WindowRow &row, const Block &block) {
    const int64_t advance = phase().advance, first = phase().element(0), count = quotientUp(span(), kLanes);
    Value from = f.add(f.mul(block.start, f.constant(advance)), f.constant(first));
    const Values lines = overRows(row, Values(count, fold.start(kLanes)), [&](Value line, Values best) {
      for (int64_t v = 0; v < count; ++v) {
        const int64_t needed = std::min(kLanes, span() - v * kLanes);
        Lanes there{0, needed};
        if (block.at) there = Lanes::inside(*block.at * advance + first + v * kLanes, needed, pictures.axes[2].extent);
        if (there.count() == 0) continue;
        Value at = elementPointer(f.b, f.at, dtype, x, f.add(f.add(line, from), f.constant(v * kLanes)));
        best[v] =
            fold.with(best[v], loadVector(f, dtype, at, there.count() == kLanes ? Value() : there.mask(f, kLanes)));
      }
      return best;
    });
    Value best = fold.start(kLanes);
    for (int64_t tap = 0; tap < phase().taps; ++tap)
      best = withTap(best, block, phase(), tap, [&] {
        return pickLanes(f, lines, [&](int64_t i) { return i * advance + phase().element(tap) - first; });
      });
    return best;
  }

  /// What a window position adds to the results that meet elements there.
  Value withTap(Value state, const Block &block, const WindowPhase &phase, int64_t tap,
                llvm::function_ref<Value()> elements) {
    const Lanes met = columns.met(block, phase, tap);
    if (met.count() == 0) return state;
    Value with = fold.with(state, elements());
    return met.count() == kLanes ? with
                                 : arith::SelectOp::create(f.b, f.at, met.mask(f, kLanes), with, state).getResult();
  }

  //===-- Row by row -------------------------------------------------------------------------------------------===//

  /// A vector for each phase.
  Values folded(const WindowRow &row, const Block &block) {
    return overRows(row, Values(columns.phases().size(), fold.start(kLanes)), [&](Value line, Values next) {
      WindowColumns::Row elements(columns, block, x, line);
      for (auto [state, phase] : llvm::zip(next, columns.phases()))
        for (int64_t tap = 0; tap < phase.taps; ++tap)
          state = withTap(state, block, phase, tap, [&] { return elements.at(phase, tap); });
      return next;
    });
  }

  /// Results of all phases as they follow each other.
  Values inTurn(const Values &phases) {
    const auto period = static_cast<int64_t>(phases.size());
    Values results;
    for (int64_t v = 0; v < period; ++v)
      results.push_back(pickLanes(f, phases, [&](int64_t i) {
        const int64_t result = v * kLanes + i;
        return result % period * kLanes + result / period;
      }));
    return results;
  }

  void keep(const WindowRow &row, const Block &block, const Values &results) {
    Index index;
    Value image = row.image;
    for (int64_t axis = pictures.outer; axis-- > 0;) {
      index.insert(index.begin(),
                   {axis ? arith::RemUIOp::create(f.b, f.at, image, size[axis]).getResult() : image, 0, {}});
      if (axis) image = f.quotient(image, size[axis]);
    }
    const Index place{{row.plane, 0, {}}, {row.h, 0, {}}, {Value(), 1, {}}};
    index.append(place.end() - (pictures.rank - pictures.outer), place.end());
    index.resize(size.size(), {f.constant(0), 0, {}});
    const auto period = static_cast<int64_t>(results.size());
    for (int64_t v = 0; v < period; ++v) {
      int64_t count = kLanes;
      if (block.at) count = std::min(kLanes, pictures.axes[2].result - (*block.at * period + v * kLanes));
      if (count <= 0) continue;
      index[pictures.rank - 1].base = f.add(f.mul(block.start, f.constant(period)), f.constant(v * kLanes));
      f.storeResults(op->getResult(0), fold.finished(results[v]), index, kLanes,
                     count < kLanes ? f.laneMask(f.constant(count)) : Value());
    }
  }
};

}  // namespace

bool emitPoolColumns(KernelFrame &f, mlir::Operation *op) {
  auto pictures = PoolPictures::of(op);
  return pictures && PoolColumns(f, op, *pictures).emit();
}

}  // namespace etch::codegen
