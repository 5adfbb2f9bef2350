// Kernels that fold axes of their index space.
//
// Along the vectorised axis, lane l of sixteen partial results takes elements l, l + 16, ...; a result is begun afresh
// every kBlock elements, and for each line of the other reduced axes, and added to the total: rounding errors of a sum
// of 10^8 numbers stay those of a few thousand. Lanes are combined pairwise at the end (l with l + 8, + 4, + 2, + 1).
// Where the vectorised axis stays, elements are taken in order. All this depends on the shape alone, so a result is the
// same whatever was fused and however many threads ran.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
namespace vector = mlir::vector;
using ir::OpCode;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// How one reduction starts, combines and ends. State is one value, or (value, index) for argmax and argmin.
class Reducer {
 public:
  Reducer(KernelFrame &f, mlir::Operation *op) : f(f), op(op), code(*ir::opCodeOf(op)) {
    dtype = ir::toDType(llvm::cast<mlir::RankedTensorType>(op->getOperand(0).getType()).getElementType());
    // Sixteen bits are too few to add up in.
    stateDType =
        dtype == DType::f16 && (code == OpCode::reduce_sum || code == OpCode::reduce_prod) ? DType::f32 : dtype;
  }

  mlir::Operation *op;

  bool isBoolean() const { return dtype == DType::boolean; }
  /// Number of values in the state.
  size_t stateWidth() const { return isArg() ? 2 : 1; }

  Values initial(int64_t lanes) {
    mlir::Type type = withLanes(registerType(stateDType, f.b.getContext()), lanes);
    Values state{identity(type)};
    if (isArg())
      state.push_back(splatConstant(f.b, op->getLoc(), withLanes(f.b.getI64Type(), lanes), int64_t{INT64_MAX}));
    return state;
  }

  /// Takes in the elements at `index` (those of masked lanes left out).
  Values take(mlir::ValueRange state, const Index &index, Value mask) {
    Value value = f.elements.vectorAt(op->getOperand(0), index);
    value = emitCast(f.b, op->getLoc(), value, dtype, stateDType);
    Values next{value};
    if (isArg()) {
      int64_t axis = op->getAttrOfType<mlir::IntegerAttr>("axis").getInt();
      next.push_back(f.elements.splat(op->getLoc(), f.elements.materialize(op->getLoc(), index[axis])));
    }
    if (mask) {
      Values neutral = initial(kLanes);
      for (auto [n, neutralValue] : llvm::zip(next, neutral))
        n = arith::SelectOp::create(f.b, op->getLoc(), mask, n, neutralValue);
    }
    return combine(state, next);
  }

  Values combine(mlir::ValueRange a, mlir::ValueRange c) {
    mlir::OpBuilder &b = f.b;
    mlir::Location at = op->getLoc();
    Value x = a[0], y = c[0];
    bool real = is_floating(dtype), isUnsigned = dtype == DType::u8;
    switch (code) {
      case OpCode::reduce_sum:
        return {real ? arith::AddFOp::create(b, at, x, y).getResult() : arith::AddIOp::create(b, at, x, y).getResult()};
      case OpCode::reduce_prod:
        return {real ? arith::MulFOp::create(b, at, x, y).getResult() : arith::MulIOp::create(b, at, x, y).getResult()};
      case OpCode::reduce_any: return {arith::OrIOp::create(b, at, x, y)};
      case OpCode::reduce_all: return {arith::AndIOp::create(b, at, x, y)};
      case OpCode::reduce_max:
      case OpCode::reduce_min: {
        bool max = code == OpCode::reduce_max;
        if (!real) {
          if (isUnsigned)
            return {max ? arith::MaxUIOp::create(b, at, x, y).getResult()
                        : arith::MinUIOp::create(b, at, x, y).getResult()};
          return {max ? arith::MaxSIOp::create(b, at, x, y).getResult()
                      : arith::MinSIOp::create(b, at, x, y).getResult()};
        }
        return {max ? arith::MaximumFOp::create(b, at, x, y).getResult()
                    : arith::MinimumFOp::create(b, at, x, y).getResult()};
      }
      default: {
        // The better element wins, the lower index among equals; NaN is better than any number.
        bool max = code == OpCode::argmax;
        Value better, equal;
        if (real) {
          Value beyond =
              arith::CmpFOp::create(b, at, max ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT, y, x);
          Value xNaN = arith::CmpFOp::create(b, at, arith::CmpFPredicate::UNO, x, x);
          Value yNaN = arith::CmpFOp::create(b, at, arith::CmpFPredicate::UNO, y, y);
          Value same = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OEQ, x, y);
          Value yOnly = arith::AndIOp::create(
              b, at, yNaN, arith::XOrIOp::create(b, at, xNaN, splatConstant(b, at, xNaN.getType(), int64_t{1})));
          better = arith::OrIOp::create(b, at, beyond, yOnly);
          equal = arith::OrIOp::create(b, at, same, arith::AndIOp::create(b, at, xNaN, yNaN));
        } else {
          auto predicate = isUnsigned ? (max ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::ult)
                                      : (max ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::slt);
          better = arith::CmpIOp::create(b, at, predicate, y, x);
          equal = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, x, y);
        }
        Value earlier = arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, c[1], a[1]);
        Value takeY = arith::OrIOp::create(b, at, better, arith::AndIOp::create(b, at, equal, earlier));
        return {arith::SelectOp::create(b, at, takeY, y, x), arith::SelectOp::create(b, at, takeY, c[1], a[1])};
      }
    }
  }

  /// Folds the lanes of a vector state into scalars.
  Values foldLanes(mlir::ValueRange state) {
    Values current = llvm::to_vector_of<Value>(state);
    mlir::Location at = op->getLoc();
    for (int64_t half = kLanes / 2; half >= 1; half /= 2) {
      auto low = llvm::to_vector(llvm::seq<int64_t>(half)), high = llvm::to_vector(llvm::seq<int64_t>(half, 2 * half));
      Values lows, highs;
      for (Value value : current) {
        lows.push_back(vector::ShuffleOp::create(f.b, at, value, value, low));
        highs.push_back(vector::ShuffleOp::create(f.b, at, value, value, high));
      }
      current = combine(lows, highs);
    }
    for (Value &value : current) value = vector::ExtractOp::create(f.b, at, value, llvm::ArrayRef<int64_t>{0});
    return current;
  }

  /// The reduction's result from its state.
  Value finish(mlir::ValueRange state) {
    return isArg() ? state[1] : emitCast(f.b, op->getLoc(), state[0], stateDType, dtype);
  }

 private:
  KernelFrame &f;
  OpCode code;
  DType dtype, stateDType;

  bool isArg() const { return code == OpCode::argmax || code == OpCode::argmin; }

  Value identity(mlir::Type type) {
    mlir::Location at = op->getLoc();
    bool real = is_floating(dtype), isUnsigned = dtype == DType::u8;
    unsigned bits = mlir::getElementTypeOrSelf(type).getIntOrFloatBitWidth();
    int64_t lowest = isUnsigned ? 0 : (bits == 64 ? INT64_MIN : -(int64_t{1} << (bits - 1)));
    int64_t highest = isUnsigned ? 255 : (bits == 64 ? INT64_MAX : (int64_t{1} << (bits - 1)) - 1);
    switch (code) {
      case OpCode::reduce_sum:
      case OpCode::reduce_any: return splatConstant(f.b, at, type, int64_t{0});
      case OpCode::reduce_prod:
      case OpCode::reduce_all: return splatConstant(f.b, at, type, int64_t{1});
      case OpCode::reduce_max:
      case OpCode::argmax: return real ? splatConstant(f.b, at, type, -INFINITY) : splatConstant(f.b, at, type, lowest);
      default: return real ? splatConstant(f.b, at, type, INFINITY) : splatConstant(f.b, at, type, highest);
    }
  }
};

class ReduceEmitter {
 public:
  explicit ReduceEmitter(KernelFrame &f) : f(f) {
    for (mlir::Operation &op : f.body().without_terminator())
      if (ir::family_of(*ir::opCodeOf(&op)) == ir::Family::Reduction) reducers.emplace_back(f, &op);
    mlir::Operation *first = reducers.front().op;
    domain = llvm::cast<mlir::RankedTensorType>(first->getOperand(0).getType());
    if (auto list = first->getAttrOfType<mlir::DenseI64ArrayAttr>("axes"))
      axes.assign(list.asArrayRef().begin(), list.asArrayRef().end());
    else
      axes.push_back(first->getAttrOfType<mlir::IntegerAttr>("axis").getInt());
    size = f.extents.of(first->getOperand(0));
    lane = laneAxisOf(domain);
    for (int64_t axis = 0; axis < domain.getRank(); ++axis) {
      if (isReduced(axis))
        reducedAxes.push_back(axis);
      else
        keptAxes.push_back(axis);
    }
    findSides();
  }

  void emit() {
    int64_t work = static_cast<int64_t>(f.body().getOperations().size());
    for (int64_t axis = 0; axis < domain.getRank(); ++axis)
      if ((keptAxes.empty() || axis != keptAxes[0]) && !domain.isDynamicDim(axis))
        work *= std::max<int64_t>(1, domain.getDimSize(axis));
    bool alongLanes = !keptAxes.empty() && keptAxes[0] == lane;
    f.setTrips(keptAxes.empty() ? f.constant(1) : size[keptAxes[0]], work, alongLanes ? 8 * kLanes : 1);
    index.assign(domain.getRank(), AxisIndex{f.constant(0), 0, {}});
    if (isReduced(lane))
      overKept(0, [&] { reduceAlongLanes(); });
    else
      overKept(0, [&] { reduceAcrossLanes(); });
  }

 private:
  KernelFrame &f;
  llvm::SmallVector<Reducer, 2> reducers;
  mlir::RankedTensorType domain;
  llvm::SmallVector<int64_t> axes, keptAxes, reducedAxes;
  Extents size;
  int64_t lane;
  Index index;
  llvm::DenseSet<Value> onReducedSide;
  llvm::SmallVector<std::pair<Value, Value>> fullOutputs, reducedOutputs;  // value, pointer

  bool isReduced(int64_t axis) const { return llvm::is_contained(axes, axis); }

  /// Values computed from reductions are stored once a row, the others at every element.
  void findSides() {
    for (Reducer &reducer : reducers) onReducedSide.insert(reducer.op->getResult(0));
    for (mlir::Operation &op : f.body().without_terminator())
      if (llvm::any_of(op.getOperands(), [&](Value operand) { return onReducedSide.contains(operand); }))
        onReducedSide.insert(op.getResult(0));
    for (auto [output, pointer] : llvm::zip(f.outputs(), f.results))
      (onReducedSide.contains(output) ? reducedOutputs : fullOutputs).push_back({output, pointer});
  }

  void overKept(size_t depth, llvm::function_ref<void()> inner) {
    while (depth < keptAxes.size() && keptAxes[depth] == lane) ++depth;
    if (depth == keptAxes.size()) return inner();
    int64_t axis = keptAxes[depth];
    bool outermost = axis == keptAxes[0];
    f.loop(outermost ? f.begin : f.constant(0), outermost ? f.end : size[axis], 1, [&](Value i) {
      index[axis] = {i, 0, {}};
      overKept(depth + 1, inner);
    });
  }

  Values initialStates(int64_t lanes) {
    Values states;
    for (Reducer &reducer : reducers) llvm::append_range(states, reducer.initial(lanes));
    return states;
  }

  Values takeAll(mlir::ValueRange states, Value mask) {
    f.elements.enterBody(kLanes, mask);
    Values next;
    for (Reducer &reducer : reducers) {
      size_t width = reducer.stateWidth();
      llvm::append_range(next, reducer.take(states.take_front(width), index, isReduced(lane) ? mask : Value()));
      states = states.drop_front(width);
    }
    for (auto [output, pointer] : fullOutputs)
      f.elements.store(f.at, f.elements.at(output, index), pointer, output, index);
    return next;
  }

  /// Loops over the reduced axes other than the lane axis, then `inner`.
  Values overReduced(size_t depth, mlir::ValueRange states, llvm::function_ref<Values(mlir::ValueRange)> inner) {
    while (depth < reducedAxes.size() && reducedAxes[depth] == lane) ++depth;
    if (depth == reducedAxes.size()) return inner(states);
    int64_t axis = reducedAxes[depth];
    return f.loop(f.constant(0), size[axis], 1, states, [&](Value i, mlir::ValueRange carried) {
      index[axis] = {i, 0, {}};
      return overReduced(depth + 1, carried, inner);
    });
  }

  /// The vectorised axis disappears: partial results by lane, folded at the end.
  void reduceAlongLanes() {
    bool hasLines = reducedAxes.size() > 1;
    Values states = overReduced(0, initialStates(kLanes), [&](mlir::ValueRange carried) {
      Values line = reduceLine();
      return hasLines ? combineAll(carried, line) : line;
    });
    mlir::ValueRange rest(states);
    for (Reducer &reducer : reducers) {
      size_t width = reducer.stateWidth();
      f.elements.setValue(reducer.op->getResult(0), reducer.finish(reducer.foldLanes(rest.take_front(width))));
      rest = rest.drop_front(width);
    }
    f.elements.enterBody(0, {});
    storeReduced();
  }

  /// Elements of a line that one running result takes.
  static constexpr int64_t kBlock = 1 << 16;

  /// One line along the vectorised axis. A line of one block needs no total: combining it with the initial state would
  /// not change a bit, so known and unknown extents agree.
  Values reduceLine() {
    auto block = [&](Value first, Value last) {
      return f.laneLoop(first, last, initialStates(kLanes), [&](Value start, Value mask, mlir::ValueRange carried) {
        index[lane] = {start, 1, {}};
        return takeAll(carried, mask);
      });
    };
    Value length = size[lane], zero = f.constant(0);
    if (constantOf(length).value_or(kBlock + 1) <= kBlock) return block(zero, length);
    return f.loop(zero, length, kBlock, initialStates(kLanes), [&](Value first, mlir::ValueRange total) {
      return combineAll(total, block(first, f.minimum(f.add(first, f.constant(kBlock)), length)));
    });
  }

  /// Element by element, each reduction's states a with its states b.
  Values combineAll(mlir::ValueRange a, mlir::ValueRange b) {
    Values combined;
    for (Reducer &reducer : reducers) {
      size_t width = reducer.stateWidth();
      llvm::append_range(combined, reducer.combine(a.take_front(width), b.take_front(width)));
      a = a.drop_front(width);
      b = b.drop_front(width);
    }
    return combined;
  }

  /// Rows that are added to the running results of a block of columns at a time.
  static constexpr int64_t kTallRows = 8;
  /// Columns of such a block: one state of f32 takes 4 KiB.
  static constexpr int64_t kTallColumns = 1024;

  /// Walking down a tall matrix sixteen columns at a time reads a cache line from each page, which no prefetcher
  /// follows: the sum over the rows of 4096x1024 f32 took three times as long as copying the matrix.
  bool isTall() const {
    if (reducedAxes.empty() || lane != domain.getRank() - 1) return false;
    bool isBool = llvm::any_of(reducers, [](const Reducer &reducer) { return reducer.isBoolean(); });
    int64_t rows = domain.getDimSize(reducedAxes.back()), columns = domain.getDimSize(lane);
    return !isBool && rows >= 16 * kTallRows && columns >= 8 * kLanes && !mlir::ShapedType::isDynamic(rows) &&
           !mlir::ShapedType::isDynamic(columns) && f.body().getOperations().size() <= 10;
  }

  /// The same sums in the same order, with running results in memory: rows are read as they lie, kTallRows side by
  /// side.
  void reduceTall() {
    llvm::SmallVector<Value> scratch = allocateStates();
    bool outermost = lane == keptAxes[0];
    Value lower = outermost ? f.begin : f.constant(0), upper = outermost ? f.end : size[lane];
    f.loop(lower, upper, kTallColumns, [&](Value first) {
      Value last = f.minimum(f.add(first, f.constant(kTallColumns)), upper);
      auto overColumns = [&](llvm::function_ref<void(Value mask, Value offset)> body) {
        f.laneLoop(first, last, {}, [&](Value start, Value mask, mlir::ValueRange) {
          index[lane] = {start, 1, {}};
          body(mask, f.sub(start, first));
          return Values();
        });
      };
      overColumns([&](Value, Value offset) { storeStates(scratch, offset, initialStates(kLanes)); });
      overOuterReduced(0, [&] {
        int64_t axis = reducedAxes.back(), rows = domain.getDimSize(axis), whole = rows / kTallRows * kTallRows;
        auto addRows = [&](Value row, int64_t count) {
          overColumns([&](Value mask, Value offset) {
            Values states = loadStates(scratch, offset);
            for (int64_t i = 0; i < count; ++i) {
              index[axis] = {f.add(row, f.constant(i)), 0, {}};
              states = takeAll(states, mask);
            }
            storeStates(scratch, offset, states);
          });
        };
        f.loop(f.constant(0), f.constant(whole), kTallRows, [&](Value row) { addRows(row, kTallRows); });
        if (whole < rows) f.loop(f.constant(whole), f.constant(rows), 1, [&](Value row) { addRows(row, 1); });
      });
      overColumns([&](Value mask, Value offset) {
        Values states = loadStates(scratch, offset);
        f.elements.enterBody(kLanes, mask);
        finishAll(states);
        storeReduced();
      });
    });
  }

  /// A block of columns for each value of the states, on the stack.
  llvm::SmallVector<Value> allocateStates() {
    llvm::SmallVector<Value> scratch;
    Values states = initialStates(kLanes);
    mlir::OpBuilder::InsertionGuard guard(f.b);
    f.b.setInsertionPointToStart(&f.target.getBody().front());
    Value count = arith::ConstantOp::create(f.b, f.at, f.b.getI64IntegerAttr(kTallColumns));
    for (Value state : states)
      scratch.push_back(LLVM::AllocaOp::create(f.b, f.at, LLVM::LLVMPointerType::get(f.b.getContext()),
                                               mlir::getElementTypeOrSelf(state.getType()), count, 64));
    for (Value state : states) stateTypes.push_back(state.getType());
    return scratch;
  }
  Value stateAddress(Value scratch, mlir::Type type, Value offset) {
    return LLVM::GEPOp::create(f.b, f.at, scratch.getType(), mlir::getElementTypeOrSelf(type), scratch,
                               llvm::ArrayRef<LLVM::GEPArg>{offset});
  }
  Values loadStates(llvm::ArrayRef<Value> scratch, Value offset) {
    Values states;
    for (auto [base, type] : llvm::zip(scratch, stateTypes))
      states.push_back(LLVM::LoadOp::create(f.b, f.at, type, stateAddress(base, type, offset), 64));
    return states;
  }
  void storeStates(llvm::ArrayRef<Value> scratch, Value offset, mlir::ValueRange states) {
    for (auto [base, state] : llvm::zip(scratch, states))
      LLVM::StoreOp::create(f.b, f.at, state, stateAddress(base, state.getType(), offset), 64);
  }
  llvm::SmallVector<mlir::Type> stateTypes;

  void overOuterReduced(size_t depth, llvm::function_ref<void()> inner) {
    if (depth + 1 >= reducedAxes.size()) return inner();
    f.loop(f.constant(0), size[reducedAxes[depth]], 1, [&](Value i) {
      index[reducedAxes[depth]] = {i, 0, {}};
      overOuterReduced(depth + 1, inner);
    });
  }

  /// Makes every reduction's result known to the epilogue.
  void finishAll(mlir::ValueRange states) {
    for (Reducer &reducer : reducers) {
      size_t width = reducer.stateWidth();
      f.elements.setValue(reducer.op->getResult(0), reducer.finish(states.take_front(width)));
      states = states.drop_front(width);
    }
  }

  /// The vectorised axis stays: each lane is a result of its own.
  void reduceAcrossLanes() {
    if (isTall()) return reduceTall();
    bool outermost = lane == keptAxes[0];
    f.laneLoop(outermost ? f.begin : f.constant(0), outermost ? f.end : size[lane], {},
               [&](Value start, Value mask, mlir::ValueRange) {
                 Values states = overReduced(0, initialStates(kLanes), [&](mlir::ValueRange carried) {
                   index[lane] = {start, 1, {}};
                   return takeAll(carried, mask);
                 });
                 f.elements.enterBody(kLanes, mask);
                 finishAll(states);
                 index[lane] = {start, 1, {}};
                 storeReduced();
                 return Values();
               });
  }

  void storeReduced() {
    Index kept;
    for (int64_t axis : keptAxes) kept.push_back(index[axis]);
    Values values;
    for (auto [output, pointer] : reducedOutputs) values.push_back(f.elements.at(output, kept));
    for (auto [pair, value] : llvm::zip(reducedOutputs, values))
      f.elements.store(f.at, value, pair.second, pair.first, kept);
  }
};

}  // namespace

void emitReduceKernel(KernelFrame &f) { ReduceEmitter(f).emit(); }

}  // namespace etch::codegen
