// Pooling: sums and maxima of windows, and the two ops that find each window's maximum.
//
// Vectors run along the innermost axis, which is the channels' where windows leave it alone; window positions outside
// the operand are left out. What the taps of a window give is combined in row-major order.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/window/PoolChoice.h"
#include "codegen/cpu/window/PoolFold.h"
#include "codegen/cpu/window/WindowAxis.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = llvm::SmallVector<Value>;
using ir::typeOf;

namespace {

/// Window extents up to which taps are written out one by one (docs/decisions/0080). Half, twice: no kernel changes,
/// 1.36.
constexpr int64_t kUnrolled = 4;

class PoolEmitter {
 public:
  explicit PoolEmitter(KernelFrame &f) : f(f), op(windowOf(f.body())), operand(op->getOperand(0)) {
    dtype = ir::toDType(typeOf(operand).getElementType());
    isScatter = llvm::isa<ir::SelectAndScatterAddOp>(op);
    size = f.extents.of(operand);
    f.extents.of(op->getResult(0));
    for (unsigned axis = 0; axis < size.size(); ++axis) {
      auto entry = [&](llvm::StringRef attribute) { return windowEntry(op, attribute, axis); };
      axes.push_back({entry("window"), entry("strides"), entry("low"), entry("high"), entry("base_dilation"),
                      entry("window_dilation")});
      windows.push_back(f.extents.windowsOf(op, axis));
    }
    // The one value that has an element for each window.
    windowed = isScatter ? op->getOperand(1) : Value(op->getResult(0));
  }

  mlir::Operation *window() const { return op; }
  bool isFold() const { return llvm::isa<ir::ReduceWindowSumOp, ir::ReduceWindowMaxOp>(op); }

  void emit() {
    auto type = typeOf(windowed);
    int64_t rank = type.getRank(), lane = rank ? laneAxisOf(type) : -1;
    // Lanes that windows mix would need positions of their own; such windows go one by one.
    if (lane >= 0 && !leavesAlone(op, lane)) lane = -1;
    int64_t outer = rank > 0 && lane != 0 && (!isScatter || leavesAlone(op, 0)) ? 0 : -1, work = 1;
    for (int64_t axis = 0; axis < rank; ++axis) {
      work *= axes[axis].window;
      if (axis != outer) work *= std::max<int64_t>(1, type.isDynamicDim(axis) ? 1 : type.getDimSize(axis));
    }
    f.setTrips(outer < 0 ? f.constant(1) : windows[outer], work);
    if (isScatter) clear(outer);
    position.assign(rank, f.constant(0));
    overWindows(0, lane, outer);
  }

 private:
  struct Axis {
    int64_t window, stride, low, high, baseDilation, windowDilation;
  };
  KernelFrame &f;
  mlir::Operation *op;
  Value operand, windowed;
  DType dtype;
  bool isScatter;
  llvm::SmallVector<Axis> axes;
  Extents size, windows;
  Values position;  // of the window
  Value laneStart, mask;
  int64_t lane = -1;

  /// Elementwise ops may stand behind it, and what they read before it.
  static mlir::Operation *windowOf(mlir::Block &body) {
    return &*llvm::find_if(body, [](mlir::Operation &op) {
      return llvm::isa<ir::ReduceWindowSumOp, ir::ReduceWindowMaxOp, ir::SelectAndScatterAddOp, ir::SelectAndGatherOp>(
          op);
    });
  }
  /// Windows that share no element write each element once, if together they cover everything.
  bool isPartition() const {
    for (auto [axis, extent] : llvm::zip(axes, size))
      if (axis.window != axis.stride || axis.low != 0 || axis.high != 0 || axis.windowDilation != 1 ||
          !constantOf(extent) || *constantOf(extent) % axis.stride != 0)
        return false;
    return true;
  }

  /// Zeros, where the windows of these trips will be added.
  void clear(int64_t outer) {
    if (isPartition()) return;
    Value stride = f.extents.product(outer < 0 ? llvm::ArrayRef<Value>(size) : llvm::ArrayRef(size).drop_front());
    Value bytes = f.mul(stride, f.constant(size_of(dtype)));
    Value from = outer < 0 ? f.constant(0) : f.mul(f.begin, bytes);
    Value count = outer < 0 ? bytes : f.mul(f.sub(f.end, f.begin), bytes);
    Value to = elementPointer(f.b, f.at, DType::u8, f.results[0], from);
    Value zero = arith::ConstantOp::create(f.b, f.at, f.b.getI8IntegerAttr(0));
    LLVM::MemsetOp::create(f.b, f.at, to, zero, count, /*isVolatile=*/false);
  }

  void overWindows(int64_t axis, int64_t lanes, int64_t outer) {
    lane = lanes;
    if (axis == static_cast<int64_t>(axes.size())) {
      if (lane >= 0) {
        f.laneLoop(f.constant(0), windows[lane], {}, [&](Value start, Value laneMask, mlir::ValueRange) {
          laneStart = start, mask = laneMask;
          emitWindow();
          return Values();
        });
      } else {
        emitWindow();
      }
      return;
    }
    if (axis == lane) return overWindows(axis + 1, lanes, outer);
    f.loop(axis == outer ? f.begin : f.constant(0), axis == outer ? f.end : windows[axis], 1, [&](Value i) {
      position[axis] = i;
      overWindows(axis + 1, lanes, outer);
    });
  }

  void enterBody() { f.elements.enterBody(lane >= 0 ? kLanes : 0, mask); }
  Value vector(Value value) { return lane >= 0 ? f.elements.splat(f.at, value) : value; }
  mlir::Type stateType(mlir::Type element) { return withLanes(element, lane >= 0 ? kLanes : 0); }

  Index indexOf(const Values &at) {
    Index index;
    for (Value p : at) index.push_back({p, 0, {}});
    if (lane >= 0) index[lane] = {laneStart, 1, {}};
    return index;
  }
  Value read(Value tensor, const Values &at) {
    enterBody();
    return vector(f.elements.at(tensor, indexOf(at)));
  }

  /// A tap's position in the operand and its number inside the window, which counts from 0 in row-major order.
  struct Tap {
    Values at;
    Value number;
  };
  using TapBody = llvm::function_ref<Values(const Tap &, mlir::ValueRange)>;

  Values overTaps(mlir::ValueRange state, TapBody body) {
    Tap tap{Values(axes.size()), f.constant(0)};
    return overTaps(0, tap, state, body);
  }
  Values overTaps(size_t i, Tap &tap, mlir::ValueRange state, TapBody body) {
    if (i == axes.size()) return body(tap, state);
    if (static_cast<int64_t>(i) == lane) {
      tap.at[i] = f.constant(0);
      return overTaps(i + 1, tap, state, body);
    }
    const Axis &axis = axes[i];
    Value number = tap.number;
    auto one = [&](Value k, mlir::ValueRange carried) {
      tap.number = f.add(f.mul(number, f.constant(axis.window)), k);
      return atTap(i, k, tap, carried, body);
    };
    Values carried = llvm::to_vector_of<Value>(state);
    if (axis.window <= kUnrolled)
      for (int64_t k = 0; k < axis.window; ++k) carried = one(f.constant(k), carried);
    else
      carried = f.loop(f.constant(0), f.constant(axis.window), 1, carried, one);
    tap.number = number;
    return carried;
  }

  Values atTap(size_t i, Value k, Tap &tap, mlir::ValueRange carried, TapBody body) {
    const Axis &axis = axes[i];
    Value p = f.add(f.mul(position[i], f.constant(axis.stride)), f.mul(k, f.constant(axis.windowDilation)));
    if (axis.low != 0) p = f.sub(p, f.constant(axis.low));
    Value inside;
    auto require = [&](Value holds) { inside = inside ? arith::AndIOp::create(f.b, f.at, inside, holds) : holds; };
    if (axis.low > 0) require(arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::sge, p, f.constant(0)));
    if (axis.baseDilation != 1) {
      Value gap = f.constant(axis.baseDilation), rest = arith::RemSIOp::create(f.b, f.at, p, gap);
      require(arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, rest, f.constant(0)));
      p = arith::DivSIOp::create(f.b, f.at, p, gap);
    }
    if (axis.high > 0) require(f.less(p, size[i]));
    tap.at[i] = p;
    if (!inside) return overTaps(i + 1, tap, carried, body);
    auto guard = mlir::scf::IfOp::create(f.b, f.at, mlir::ValueRange(carried).getTypes(), inside, true);
    mlir::OpBuilder::InsertionGuard insertion(f.b);
    // Without state there are yields already.
    auto yield = [&](mlir::Block *block, llvm::function_ref<Values()> make) {
      if (carried.empty()) {
        f.b.setInsertionPointToStart(block);
        make();
      } else {
        f.b.setInsertionPointToEnd(block);
        mlir::scf::YieldOp::create(f.b, f.at, make());
      }
    };
    yield(guard.thenBlock(), [&] { return overTaps(i + 1, tap, carried, body); });
    yield(guard.elseBlock(), [&] { return llvm::to_vector_of<Value>(carried); });
    f.extents.forget();
    return llvm::to_vector_of<Value>(guard.getResults());
  }

  void emitWindow() {
    if (isFold()) return emitReduction();
    if (isScatter) return emitScatter();
    emitGather();
  }

  void emitReduction() {
    PoolFold fold(f, op);
    Values folded = overTaps(fold.start(lane >= 0 ? kLanes : 0), [&](const Tap &tap, mlir::ValueRange state) -> Values {
      return {fold.with(state[0], read(operand, tap.at))};
    });
    f.storeResults(op->getResult(0), fold.finished(folded[0]), indexOf(position), lane >= 0 ? kLanes : 0, mask);
  }

  //===-- The maximum's place --------------------------------------------------------------------------------===//

  PoolChoice choice() { return PoolChoice(f, op, lane >= 0 ? kLanes : 0); }
  Value tapNumber(const Tap &tap) {
    return choice().number(arith::TruncIOp::create(f.b, f.at, f.b.getI32Type(), tap.number), 0);
  }
  /// What the window chooses; `other` is of the op that gathers.
  Values find(llvm::function_ref<Value(const Tap &)> other) {
    return overTaps(choice().none(), [&](const Tap &tap, mlir::ValueRange state) {
      Value element = read(operand, tap.at);
      return choice().with(state, element, tapNumber(tap), other(tap), Value(), /*isFound=*/false);
    });
  }

  void emitScatter() {
    const Values best = find([](const Tap &) { return Value(); });
    Value given = read(windowed, position);
    overTaps({}, [&](const Tap &tap, mlir::ValueRange) -> Values {
      enterBody();
      Value sum = choice().zero();
      if (!isPartition()) {
        // The running sum lives in the result.
        f.elements.bindPointer(operand, f.results[0]);
        sum = vector(f.elements.at(operand, indexOf(tap.at)));
        f.elements.bindPointer(operand, f.pointerOf(operand));
      }
      sum = choice().given(sum, best[1], tapNumber(tap), given);
      f.elements.store(f.at, sum, f.results[0], op->getResult(0), indexOf(tap.at));
      return {};
    });
  }

  void emitGather() {
    const Values best = find([&](const Tap &tap) { return vector(f.elements.at(op->getOperand(1), indexOf(tap.at))); });
    enterBody();
    f.elements.store(f.at, best[2], f.results[0], op->getResult(0), indexOf(position));
  }
};

}  // namespace

void emitPoolKernel(KernelFrame &f) {
  PoolEmitter pool(f);
  mlir::Operation *op = pool.window();
  if (pool.isFold()) {
    if (emitPoolRows(f, op)) return f.setForm("windows by rows");
    if (emitPoolColumns(f, op)) return f.setForm("windows by columns");
  } else {
    if (emitPoolPixelPlaces(f, op)) return f.setForm("places by pixels");
    if (emitPoolPlaces(f, op)) return f.setForm("places by windows");
  }
  f.setForm("windows of any layout");
  pool.emit();
}

}  // namespace etch::codegen
