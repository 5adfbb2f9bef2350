// The two ops that find the place of each window's maximum, for windows over the innermost axis: vectors run over
// neighbouring windows of a row (WindowColumns.h), as in PoolColumns.cpp.
//
// A trip is a picture. What windows give to its elements is added up in the result, row of windows by row of windows,
// and inside a row from the first window to the last one, as in PoolKernel.cpp. A vector of elements asks each window
// that it may lie in: the windows that it shares with the vector before are still in registers.
//
// Gradients of maxima of 16 x 64 x 56^2 f32, one thread, milliseconds:
//
//                   one by one   here   memcpy of as many bytes
//   2x2, stride 2          3.0    1.5   1.0
//   3x3, stride 2         11.8    1.7   1.0
//   3x3                     51    4.0   1.8
//   5x5                    248   11.1   2.7

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/window/PoolChoice.h"
#include "codegen/cpu/window/PoolFold.h"
#include "codegen/cpu/window/PoolPictures.h"
#include "codegen/cpu/window/PoolSums.h"
#include "codegen/cpu/window/WindowColumns.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// The number of a position that no window has chosen.
constexpr int64_t kNoTap = -(1 << 30);

class PoolPlaces {
 public:
  PoolPlaces(KernelFrame &f, mlir::Operation *op, const PoolPictures &pictures)
      : f(f),
        op(op),
        pictures(pictures),
        isScatter(llvm::isa<ir::SelectAndScatterAddOp>(op)),
        choice(f, op, kLanes),
        dtype(ir::toDType(mlir::getElementTypeOrSelf(op->getOperand(0).getType()))),
        columns(f, dtype, pictures.axes[2]) {}

  bool emit() {
    if (!fits()) return false;
    const Extents size = f.extents.of(op->getOperand(0));
    f.extents.of(op->getResult(0));
    x = f.pointerOf(op->getOperand(0)), other = f.pointerOf(op->getOperand(1));
    int64_t work = 1;
    for (const WindowAxis &axis : pictures.axes) work *= axis.result * axis.window;
    f.setTrips(f.extents.product(llvm::ArrayRef(size).take_front(pictures.outer)), work);
    PoolSums sums(f, pictures.axes, f.constant(column().extent * static_cast<int64_t>(size_of(dtype))),
                  /*rowsAreWhole=*/true);
    sums.overWindows(isScatter, [&](const WindowRow &row) { emitRow(row, sums); });
    return true;
  }

 private:
  using Block = WindowColumns::Block;

  KernelFrame &f;
  mlir::Operation *op;
  const PoolPictures &pictures;
  bool isScatter;
  PoolChoice choice;
  DType dtype;
  WindowColumns columns;
  Value x, other;

  const WindowPhase &phase() const { return columns.phases()[0]; }
  const WindowAxis &column() const { return pictures.axes[2]; }

  bool fits() const {
    for (const WindowAxis &axis : pictures.axes)
      if (axis.gap != 1) return false;
    // Elements ask the windows of their own vector and of the one before.
    return dtype != DType::boolean && columns.fits() && column().low >= 0 && furthest() <= kLanes;
  }

  /// The window furthest before the one that begins at an element or behind it that the element may lie in.
  int64_t furthest() const { return (column().window - 1) * column().dilation / column().stride; }

  //===-- A row of windows -------------------------------------------------------------------------------------===//

  void emitRow(const WindowRow &row, PoolSums &sums) {
    const WindowAxis &axis = column();
    // Elements behind the last window are stored, too.
    const int64_t count = isScatter ? quotientUp(axis.extent + axis.low, axis.stride) : axis.result;
    auto isInside = [&](int64_t start) {
      const int64_t element = start * axis.stride - axis.low;
      return columns.isInside(start) && (!isScatter || (element >= 0 && element + kLanes * axis.stride <= axis.extent));
    };
    Values before;
    if (isScatter) before = {choice.none()[1], choice.zero()};
    columns.overBlocks(count, isInside, before, [&](const Block &block, mlir::ValueRange carried) -> Values {
      const int64_t windows = block.at ? std::clamp<int64_t>(axis.result - *block.at, 0, kLanes) : kLanes;
      if (!isScatter) {
        store(f.results[0], windowLine(row), block.start, find(row, block)[2], {0, windows});
        return {};
      }
      Values found{choice.none()[1], choice.zero()};
      if (windows > 0) {
        Value given = load(other, windowLine(row), block.start, {0, windows});
        Value chosen = find(row, block)[1];
        if (windows < kLanes)
          chosen = arith::SelectOp::create(f.b, f.at, Lanes{0, windows}.mask(f, kLanes), chosen, found[0]);
        found = {chosen, given};
      }
      give(row, block, carried, found, sums);
      return found;
    });
  }

  Value windowLine(const WindowRow &row) { return f.mul(row.line(), f.constant(column().result)); }
  Value elementLine(const WindowRow &row, Value jd, Value jh) {
    return f.mul(row.elementLine(jd, jh), f.constant(column().extent));
  }
  Value firstNumber(const WindowRow &row, Value jd, Value jh) { return choice.number(row.firstPosition(jd, jh), 0); }
  Value plus(Value first, Value tap) { return arith::AddIOp::create(f.b, f.at, first, tap); }

  Value numbers(llvm::ArrayRef<int32_t> each) {
    auto type = mlir::VectorType::get({kLanes}, f.b.getI32Type());
    return arith::ConstantOp::create(f.b, f.at, mlir::DenseElementsAttr::get(type, each));
  }
  Value at(Value tensor, Value line, Value start) {
    return elementPointer(f.b, f.at, dtype, tensor, f.add(line, start));
  }
  Value maskOf(Lanes some) { return some.count() == kLanes ? Value() : some.mask(f, kLanes); }
  Value load(Value tensor, Value line, Value start, Lanes some) {
    return loadVector(f, dtype, at(tensor, line, start), maskOf(some));
  }
  void store(Value tensor, Value line, Value start, Value value, Lanes some) {
    storeVector(f, dtype, value, at(tensor, line, start), maskOf(some));
  }

  //===-- The maxima -------------------------------------------------------------------------------------------===//

  /// What windows choose: each the first position that meets an element, until another one is better; where something
  /// is gathered there may be none.
  Values find(const WindowRow &row, const Block &block) {
    llvm::SmallVector<int32_t> firstMet(kLanes, 0);
    for (int64_t tap = phase().taps; tap-- > 0;) {
      const Lanes met = columns.met(block, phase(), tap);
      std::fill(firstMet.begin() + met.begin, firstMet.begin() + met.end, static_cast<int32_t>(tap));
    }
    Values state = choice.none();
    if (isScatter) state[1] = plus(firstNumber(row, row.planes.begin, row.rows.begin), numbers(firstMet));
    return row.overRows(state, [&](Value jd, Value jh, mlir::ValueRange carried) {
      return overWindowRow(block, elementLine(row, jd, jh), row.firstPosition(jd, jh), carried);
    });
  }

  Values overWindowRow(const Block &block, Value line, Value first, mlir::ValueRange carried) {
    Values state = llvm::to_vector_of<Value>(carried);
    WindowColumns::Row elements(columns, block, x, line), others(columns, block, other, line);
    for (int64_t tap = 0; tap < phase().taps; ++tap) {
      const Lanes met = columns.met(block, phase(), tap);
      if (met.count() == 0) continue;
      state = choice.with(state, elements.at(phase(), tap), choice.number(first, tap),
                          isScatter ? Value() : others.at(phase(), tap), maskOf(met), /*isFound=*/isScatter);
    }
    return state;
  }

  //===-- What elements get ------------------------------------------------------------------------------------===//

  /// Adds what the windows of this block and of the one before give to the elements that this one begins at: in lane i
  /// of vector v, those that begin i + v * kLanes elements behind the first one, and those up to furthest() before.
  void give(const WindowRow &row, const Block &block, mlir::ValueRange before, const Values &now, PoolSums &sums) {
    const int64_t stride = column().stride;
    struct Asked {
      Value chosen, given, taps;  // `taps`: the position that would have chosen the element, in its window row
    };
    llvm::SmallVector<llvm::SmallVector<Asked>> asked(stride);
    for (int64_t v = 0; v < stride; ++v)
      for (int64_t back = furthest(); back >= 0; --back) {
        llvm::SmallVector<int32_t> taps;
        for (int64_t i = v * kLanes; i < (v + 1) * kLanes; ++i) {
          const int64_t reach = back * stride + i % stride, tap = reach / column().dilation;
          const bool meets = reach % column().dilation == 0 && tap < column().window;
          taps.push_back(static_cast<int32_t>(meets ? tap : kNoTap));
        }
        if (llvm::all_equal(taps) && taps[0] == kNoTap) continue;
        auto windows = [&](size_t which) {
          return pickLanes(f, {before[which], now[which]},
                           [&](int64_t i) { return kLanes + (v * kLanes + i) / stride - back; });
        };
        asked[v].push_back({windows(0), windows(1), numbers(taps)});
      }
    Value start = f.sub(f.mul(block.start, f.constant(stride)), f.constant(column().low));
    sums.overRows(row, [&](Value jd, Value jh, bool isFirst) {
      Value line = elementLine(row, jd, jh), first = firstNumber(row, jd, jh);
      for (int64_t v = 0; v < stride; ++v) {
        Lanes there{0, kLanes};
        if (block.at) there = Lanes::inside(*block.at * stride - column().low + v * kLanes, kLanes, column().extent);
        if (there.count() == 0) continue;
        Value place = f.add(start, f.constant(v * kLanes));
        Value sum = isFirst ? choice.zero() : load(f.results[0], line, place, there);
        for (const Asked &each : asked[v]) sum = choice.given(sum, each.chosen, plus(first, each.taps), each.given);
        store(f.results[0], line, place, sum, there);
      }
    });
  }
};

}  // namespace

bool emitPoolPlaces(KernelFrame &f, mlir::Operation *op) {
  auto pictures = PoolPictures::of(op);
  return pictures && PoolPlaces(f, op, *pictures).emit();
}

}  // namespace etch::codegen
