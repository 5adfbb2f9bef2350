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
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/BFloat16.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/window/PoolFold.h"
#include "codegen/cpu/window/PoolPictures.h"
#include "codegen/cpu/window/WindowColumns.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// The number of no position in a window, and one that no window has chosen.
constexpr int64_t kNothing = -1, kNoTap = -(1 << 30);

class PoolPlaces {
 public:
  PoolPlaces(KernelFrame &f, mlir::Operation *op, const PoolPictures &pictures)
      : f(f),
        op(op),
        pictures(pictures),
        isScatter(llvm::isa<ir::SelectAndScatterAddOp>(op)),
        dtype(ir::toDType(mlir::getElementTypeOrSelf(op->getOperand(0).getType()))),
        columns(f, dtype, pictures.axes[2]) {}

  bool emit() {
    if (!fits()) return false;
    const auto &[planes, rows, column] = pictures.axes;
    const Extents size = f.extents.of(op->getOperand(0));
    f.extents.of(op->getResult(0));
    auto pointerOf = [&](Value operand) { return f.operands[llvm::cast<mlir::BlockArgument>(operand).getArgNumber()]; };
    x = pointerOf(op->getOperand(0)), other = pointerOf(op->getOperand(1));
    int64_t work = 1;
    for (const WindowAxis &axis : pictures.axes) work *= axis.result * axis.window;
    f.setTrips(f.extents.product(llvm::ArrayRef(size).take_front(pictures.outer)), work);
    f.loop(f.begin, f.end, 1, [&](Value image) {
      if (isScatter && !writesAll() && !clearsByRow())
        clear(image, f.constant(0), f.constant(planes.extent * rows.extent));
      f.loop(f.constant(0), f.constant(planes.result), 1, [&](Value plane) {
        f.loop(f.constant(0), f.constant(rows.result), 1, [&](Value h) {
          if (isScatter && !writesAll() && clearsByRow()) clearBefore(image, h);
          emitRow({image, plane, h, WindowTaps(f, planes, plane), WindowTaps(f, rows, h)});
        });
      });
    });
    return true;
  }

 private:
  using Block = WindowColumns::Block;

  KernelFrame &f;
  mlir::Operation *op;
  const PoolPictures &pictures;
  bool isScatter;
  DType dtype;
  WindowColumns columns;
  Value x, other;

  struct Row {
    Value image, plane, h;
    WindowTaps planes, rows;
  };

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

  //===-- What is zero before windows are added ----------------------------------------------------------------===//

  /// Whether a row of elements may be met by several rows of windows along an axis.
  static bool overlaps(const WindowAxis &axis) {
    return axis.result > 1 && (axis.window - 1) * axis.dilation + 1 > axis.stride;
  }
  static bool covers(const WindowAxis &axis) {
    return axis.low == 0 && axis.window == axis.stride && axis.dilation == 1 &&
           axis.extent == axis.result * axis.stride;
  }
  bool addsUp() const { return overlaps(pictures.axes[0]) || overlaps(pictures.axes[1]); }
  /// Every row of elements is stored once; of a row always all of it is.
  bool writesAll() const { return !addsUp() && covers(pictures.axes[0]) && covers(pictures.axes[1]); }
  bool clearsByRow() const { return pictures.axes[0].extent == 1 && pictures.axes[0].result == 1; }

  void clear(Value image, Value first, Value last) {
    const int64_t bytes = column().extent * static_cast<int64_t>(size_of(dtype));
    Value line = f.add(f.mul(image, f.constant(pictures.axes[0].extent * pictures.axes[1].extent)), first);
    Value to = elementPointer(f.b, f.at, DType::u8, f.results[0], f.mul(line, f.constant(bytes)));
    Value zero = arith::ConstantOp::create(f.b, f.at, f.b.getI8IntegerAttr(0));
    LLVM::MemsetOp::create(f.b, f.at, to, zero, f.mul(f.sub(last, first), f.constant(bytes)), /*isVolatile=*/false);
  }

  /// The rows of elements that no row of windows before h has met, up to the last one that h meets.
  void clearBefore(Value image, Value h) {
    const WindowAxis &rows = pictures.axes[1];
    auto end = [&](Value row) {
      Value reached =
          f.add(f.mul(row, f.constant(rows.stride)), f.constant((rows.window - 1) * rows.dilation + 1 - rows.low));
      return f.minimum(f.maximum(reached, f.constant(0)), f.constant(rows.extent));
    };
    auto is = [&](Value row, int64_t number) -> Value {
      return arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, row, f.constant(number));
    };
    auto select = [&](Value condition, int64_t value, Value otherwise) -> Value {
      return arith::SelectOp::create(f.b, f.at, condition, f.constant(value), otherwise);
    };
    clear(image, select(is(h, 0), 0, end(f.sub(h, f.constant(1)))),
          select(is(h, rows.result - 1), rows.extent, end(h)));
  }

  //===-- A row of windows -------------------------------------------------------------------------------------===//

  void emitRow(const Row &row) {
    const WindowAxis &axis = column();
    // Elements behind the last window are stored, too.
    const int64_t count = isScatter ? quotientUp(axis.extent + axis.low, axis.stride) : axis.result;
    auto isInside = [&](int64_t start) {
      const int64_t element = start * axis.stride - axis.low;
      return columns.isInside(start) && (!isScatter || (element >= 0 && element + kLanes * axis.stride <= axis.extent));
    };
    Values before;
    if (isScatter) before = {numbers(kNothing), zeros()};
    columns.overBlocks(count, isInside, before, [&](const Block &block, mlir::ValueRange carried) -> Values {
      const int64_t windows = block.at ? std::clamp<int64_t>(axis.result - *block.at, 0, kLanes) : kLanes;
      if (!isScatter) {
        store(f.results[0], windowLine(row), block.start, find(row, block)[2], {0, windows});
        return {};
      }
      Values found{numbers(kNothing), zeros()};
      if (windows > 0) {
        Value given = load(other, windowLine(row), block.start, {0, windows});
        Value chosen = find(row, block)[1];
        if (windows < kLanes)
          chosen = arith::SelectOp::create(f.b, f.at, Lanes{0, windows}.mask(f, kLanes), chosen, found[0]);
        found = {chosen, given};
      }
      give(row, block, carried, found);
      return found;
    });
  }

  Value windowLine(const Row &row) {
    Value line = lineAt(f, pictures.axes, row.image, row.plane, row.h, &WindowAxis::result);
    return f.mul(line, f.constant(column().result));
  }
  Value elementLine(const Row &row, Value jd, Value jh) {
    Value line =
        lineAt(f, pictures.axes, row.image, row.planes.element(f, jd), row.rows.element(f, jh), &WindowAxis::extent);
    return f.mul(line, f.constant(column().extent));
  }
  /// The number, inside a window, of the first position in a window row.
  Value firstNumber(const Row &row, Value jd, Value jh) {
    Value line =
        f.add(f.mul(row.planes.position(f, jd), f.constant(pictures.axes[1].window)), row.rows.position(f, jh));
    Value number = f.mul(line, f.constant(column().window));
    number = arith::TruncIOp::create(f.b, f.at, f.b.getI32Type(), number);
    return mlir::vector::BroadcastOp::create(f.b, f.at, mlir::VectorType::get({kLanes}, number.getType()), number);
  }
  Value plus(Value first, Value tap) { return arith::AddIOp::create(f.b, f.at, first, tap); }

  Value numbers(int64_t all) {
    return splatConstant(f.b, f.at, mlir::VectorType::get({kLanes}, f.b.getI32Type()), all);
  }
  Value numbers(llvm::ArrayRef<int32_t> each) {
    auto type = mlir::VectorType::get({kLanes}, f.b.getI32Type());
    return arith::ConstantOp::create(f.b, f.at, mlir::DenseElementsAttr::get(type, each));
  }
  Value zeros() {
    mlir::Type element = registerType(dtype, f.b.getContext());
    return splatConstant(f.b, f.at, mlir::VectorType::get({kLanes}, element), int64_t{0});
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

  /// Of a window each: the maximum, the number of its position, and, for the op that gathers, the other operand there.
  /// The first position that meets an element stands until another one is better; where something is gathered there
  /// may be none, and kNothing stands.
  Values find(const Row &row, const Block &block) {
    llvm::SmallVector<int32_t> firstMet(kLanes, 0);
    for (int64_t tap = phase().taps; tap-- > 0;) {
      const Lanes met = columns.met(block, phase(), tap);
      std::fill(firstMet.begin() + met.begin, firstMet.begin() + met.end, static_cast<int32_t>(tap));
    }
    Values state{PoolFold(f, op).start(kLanes), numbers(kNothing)};
    if (isScatter)
      state[1] = plus(firstNumber(row, row.planes.begin, row.rows.begin), numbers(firstMet));
    else
      state.push_back(zeros());
    return f.loop(row.planes.begin, row.planes.end, 1, state, [&](Value jd, mlir::ValueRange outer) {
      return f.loop(row.rows.begin, row.rows.end, 1, outer, [&](Value jh, mlir::ValueRange carried) {
        return overWindowRow(block, elementLine(row, jd, jh), firstNumber(row, jd, jh), carried);
      });
    });
  }

  Values overWindowRow(const Block &block, Value line, Value first, mlir::ValueRange carried) {
    Values state = llvm::to_vector_of<Value>(carried);
    WindowColumns::Row elements(columns, block, x, line), others(columns, block, other, line);
    for (int64_t tap = 0; tap < phase().taps; ++tap) {
      const Lanes met = columns.met(block, phase(), tap);
      if (met.count() == 0) continue;
      Value value = elements.at(phase(), tap), better = goesBefore(value, state);
      if (met.count() < kLanes) better = arith::AndIOp::create(f.b, f.at, better, met.mask(f, kLanes));
      auto take = [&](Value taken, Value &from) { from = arith::SelectOp::create(f.b, f.at, better, taken, from); };
      take(value, state[0]), take(plus(first, numbers(tap)), state[1]);
      if (!isScatter) take(others.at(phase(), tap), state[2]);
    }
    return state;
  }

  /// Whether `value` is larger than the best one, or NaN and that is not; or nothing has been found.
  Value goesBefore(Value value, const Values &state) {
    Value best = state[0], larger;
    if (is_floating(dtype)) {
      larger = arith::CmpFOp::create(f.b, f.at, arith::CmpFPredicate::UGT, value, best);
      Value number = arith::CmpFOp::create(f.b, f.at, arith::CmpFPredicate::ORD, best, best);
      larger = arith::AndIOp::create(f.b, f.at, larger, number);
    } else {
      auto predicate = dtype == DType::u8 ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt;
      larger = arith::CmpIOp::create(f.b, f.at, predicate, value, best);
    }
    if (isScatter) return larger;
    Value none = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, state[1], numbers(kNothing));
    return arith::OrIOp::create(f.b, f.at, larger, none);
  }

  //===-- What elements get ------------------------------------------------------------------------------------===//

  /// Adds what the windows of this block and of the one before give to the elements that this one begins at: in lane i
  /// of vector v, those that begin i + v * kLanes elements behind the first one, and those up to furthest() before.
  void give(const Row &row, const Block &block, mlir::ValueRange before, const Values &now) {
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
    f.loop(row.planes.begin, row.planes.end, 1, [&](Value jd) {
      f.loop(row.rows.begin, row.rows.end, 1, [&](Value jh) {
        Value line = elementLine(row, jd, jh), first = firstNumber(row, jd, jh);
        for (int64_t v = 0; v < stride; ++v) {
          Lanes there{0, kLanes};
          if (block.at) there = Lanes::inside(*block.at * stride - column().low + v * kLanes, kLanes, column().extent);
          if (there.count() == 0) continue;
          Value place = f.add(start, f.constant(v * kLanes));
          Value sum = addsUp() ? load(f.results[0], line, place, there) : zeros();
          for (const Asked &each : asked[v]) {
            Value here =
                arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, each.chosen, plus(first, each.taps));
            sum = arith::SelectOp::create(f.b, f.at, here, added(sum, each.given), sum);
          }
          store(f.results[0], line, place, sum, there);
        }
      });
    });
  }

  Value added(Value sum, Value value) {
    if (!is_floating(dtype)) return arith::AddIOp::create(f.b, f.at, sum, value);
    sum = arith::AddFOp::create(f.b, f.at, sum, value);
    return dtype == DType::bf16 ? roundToBFloat16(f.b, f.at, sum) : sum;
  }
};

}  // namespace

bool emitPoolPlaces(KernelFrame &f, mlir::Operation *op) {
  auto pictures = PoolPictures::of(op);
  return pictures && PoolPlaces(f, op, *pictures).emit();
}

}  // namespace etch::codegen
