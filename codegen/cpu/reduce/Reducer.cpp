#include "codegen/cpu/reduce/Reducer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/ScalarOps.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace vector = mlir::vector;
using ir::OpCode;
using mlir::Value;

namespace {

/// The index of an initial state of so many bits; there is room above it for the number of a lane.
int64_t noIndex(unsigned bits) { return (bits == 32 ? INT32_MAX : INT64_MAX) - kLanes; }

}  // namespace

Reducer::Reducer(KernelFrame &f, mlir::Operation *op) : op(op), f(f), code(*ir::opCodeOf(op)) {
  dtype = ir::toDType(llvm::cast<mlir::RankedTensorType>(op->getOperand(0).getType()).getElementType());
  // Sixteen bits are too few to add up in.
  stateDType = code == OpCode::reduce_sum || code == OpCode::reduce_prod ? accumulator_of(dtype) : dtype;
  auto type = llvm::cast<mlir::RankedTensorType>(op->getOperand(0).getType());
  if (!isArg()) return;
  const int64_t axis = op->getAttrOfType<mlir::IntegerAttr>("axis").getInt();
  alongLanes = axis == laneAxisOf(type);
  if (!type.isDynamicDim(axis) && type.getDimSize(axis) < noIndex(32)) indexBits = 32;
}

Values Reducer::initial(int64_t lanes) {
  mlir::Type type = withLanes(registerType(stateDType, f.b.getContext()), lanes);
  Values state{identity(type)};
  mlir::Type indexType = withLanes(f.b.getIntegerType(indexBits), lanes);
  if (isArg()) state.push_back(splatConstant(f.b, op->getLoc(), indexType, noIndex(indexBits)));
  return state;
}

Values Reducer::take(mlir::ValueRange state, const Index &index, Value mask) {
  Value value = f.elements.splat(op->getLoc(), f.elements.atAll(op->getOperand(0), index)[0]);
  value = emitCast(f.b, op->getLoc(), value, dtype, stateDType);
  if (mask) value = arith::SelectOp::create(f.b, op->getLoc(), mask, value, initial(kLanes)[0]);
  if (!isArg()) return combine(state, value);
  const AxisIndex &along = index[op->getAttrOfType<mlir::IntegerAttr>("axis").getInt()];
  Value position = along.perLane ? along.perLane : along.base;
  if (indexBits == 32) position = emitCast(f.b, op->getLoc(), position, DType::i64, DType::i32);
  return takeLater(state, value, f.elements.splat(op->getLoc(), position));
}

/// Elements come in order of their indices in each lane, so that equal ones never matter. A state keeps the index of
/// lane 0 along the vectorised axis: it is the same in all lanes, which saves additions.
Values Reducer::takeLater(mlir::ValueRange state, Value value, Value index) {
  mlir::OpBuilder &b = f.b;
  mlir::Location at = op->getLoc();
  Value better = isBeyond(state[0], value, /*orNaN=*/true);
  if (is_floating(dtype)) {
    Value isNumber = arith::CmpFOp::create(b, at, arith::CmpFPredicate::ORD, state[0], state[0]);
    better = arith::AndIOp::create(b, at, better, isNumber);
  }
  return {arith::SelectOp::create(b, at, better, value, state[0]),
          arith::SelectOp::create(b, at, better, index, state[1])};
}

/// Is y beyond x, or, if asked, one of them NaN?
Value Reducer::isBeyond(Value x, Value y, bool orNaN) {
  bool max = code == OpCode::argmax;
  mlir::Location at = op->getLoc();
  if (is_floating(dtype)) {
    auto predicate = orNaN ? (max ? arith::CmpFPredicate::UGT : arith::CmpFPredicate::ULT)
                           : (max ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT);
    return arith::CmpFOp::create(f.b, at, predicate, y, x);
  }
  auto predicate = dtype == DType::u8 ? (max ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::ult)
                                      : (max ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::slt);
  return arith::CmpIOp::create(f.b, at, predicate, y, x);
}

Values Reducer::combine(mlir::ValueRange a, mlir::ValueRange c) {
  mlir::OpBuilder &b = f.b;
  mlir::Location at = op->getLoc();
  Value x = a[0], y = c[0];
  const bool real = is_floating(dtype);
  switch (code) {
    case OpCode::reduce_sum:
      return {real ? arith::AddFOp::create(b, at, x, y).getResult() : arith::AddIOp::create(b, at, x, y).getResult()};
    case OpCode::reduce_prod:
      return {real ? arith::MulFOp::create(b, at, x, y).getResult() : arith::MulIOp::create(b, at, x, y).getResult()};
    case OpCode::reduce_any: return {arith::OrIOp::create(b, at, x, y)};
    case OpCode::reduce_all: return {arith::AndIOp::create(b, at, x, y)};
    case OpCode::reduce_max:
    case OpCode::reduce_min: return {extremum(x, y)};
    default: return combineArg(a, c);
  }
}

/// The better of two elements; NaN is better than any number.
Value Reducer::extremum(Value x, Value y) {
  mlir::OpBuilder &b = f.b;
  mlir::Location at = op->getLoc();
  const bool max = code == OpCode::reduce_max || code == OpCode::argmax;
  if (is_floating(dtype)) {
    // Which zero wins is settled in `finish`: keeping them apart here takes six instructions an element, not three.
    auto anyZero = arith::FastMathFlagsAttr::get(b.getContext(), arith::FastMathFlags::nsz);
    return max ? arith::MaximumFOp::create(b, at, x, y, anyZero).getResult()
               : arith::MinimumFOp::create(b, at, x, y, anyZero).getResult();
  }
  if (dtype == DType::u8)
    return max ? arith::MaxUIOp::create(b, at, x, y).getResult() : arith::MinUIOp::create(b, at, x, y).getResult();
  return max ? arith::MaxSIOp::create(b, at, x, y).getResult() : arith::MinSIOp::create(b, at, x, y).getResult();
}

/// The better element wins, the lower index among equals; NaN is better than any number.
Values Reducer::combineArg(mlir::ValueRange a, mlir::ValueRange c) {
  mlir::OpBuilder &b = f.b;
  mlir::Location at = op->getLoc();
  Value x = a[0], y = c[0];
  Value better = isBeyond(x, y, /*orNaN=*/false), equal;
  if (is_floating(dtype)) {
    Value xNaN = arith::CmpFOp::create(b, at, arith::CmpFPredicate::UNO, x, x);
    Value yNaN = arith::CmpFOp::create(b, at, arith::CmpFPredicate::UNO, y, y);
    Value same = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OEQ, x, y);
    Value yOnly = arith::AndIOp::create(
        b, at, yNaN, arith::XOrIOp::create(b, at, xNaN, splatConstant(b, at, xNaN.getType(), int64_t{1})));
    better = arith::OrIOp::create(b, at, better, yOnly);
    equal = arith::OrIOp::create(b, at, same, arith::AndIOp::create(b, at, xNaN, yNaN));
  } else {
    equal = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, x, y);
  }
  Value earlier = arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, c[1], a[1]);
  Value takeY = arith::OrIOp::create(b, at, better, arith::AndIOp::create(b, at, equal, earlier));
  return {arith::SelectOp::create(b, at, takeY, y, x), arith::SelectOp::create(b, at, takeY, c[1], a[1])};
}

Values Reducer::foldLanes(mlir::ValueRange state) {
  if (isArg()) return foldArgLanes(state[0], state[1]);
  Value folded = foldPairwise(state[0], [&](Value low, Value high) { return combine(low, high)[0]; });
  return {firstLane(folded)};
}

/// Lane e with e + 8, + 4, + 2, + 1; the result is in lane 0.
Value Reducer::foldPairwise(Value vector, llvm::function_ref<Value(Value, Value)> combineHalves) {
  for (int64_t half = kLanes / 2; half >= 1; half /= 2) {
    auto low = llvm::to_vector(llvm::seq<int64_t>(half)), high = llvm::to_vector(llvm::seq<int64_t>(half, 2 * half));
    vector = combineHalves(vector::ShuffleOp::create(f.b, op->getLoc(), vector, vector, low),
                           vector::ShuffleOp::create(f.b, op->getLoc(), vector, vector, high));
  }
  return vector;
}

Value Reducer::firstLane(Value vector) {
  return vector::ExtractOp::create(f.b, op->getLoc(), vector, llvm::ArrayRef<int64_t>{0});
}

/// The best element first, then the lowest index of one like it: half the instructions of folding pairs.
Values Reducer::foldArgLanes(Value elements, Value indices) {
  mlir::OpBuilder &b = f.b;
  mlir::Location at = op->getLoc();
  if (alongLanes) {
    auto type = mlir::cast<mlir::VectorType>(indices.getType());
    llvm::SmallVector<llvm::APInt> lanes;
    for (int64_t lane = 0; lane < kLanes; ++lane) lanes.emplace_back(indexBits, lane);
    Value lane = arith::ConstantOp::create(b, at, mlir::DenseElementsAttr::get(type, lanes));
    indices = arith::AddIOp::create(b, at, indices, lane);
  }
  Value best = firstLane(foldPairwise(elements, [&](Value low, Value high) { return extremum(low, high); }));
  Value all = vector::BroadcastOp::create(b, at, elements.getType(), best), isBest;
  if (is_floating(dtype)) {
    Value equal = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OEQ, elements, all);
    Value isNaN = arith::CmpFOp::create(b, at, arith::CmpFPredicate::UNO, elements, elements);
    isBest = arith::OrIOp::create(b, at, equal, isNaN);
  } else {
    isBest = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, elements, all);
  }
  Value none = splatConstant(b, at, indices.getType(), noIndex(indexBits));
  indices = arith::SelectOp::create(b, at, isBest, indices, none);
  Value first = firstLane(
      foldPairwise(indices, [&](Value low, Value high) -> Value { return arith::MinSIOp::create(b, at, low, high); }));
  return {best, first};
}

Value Reducer::finish(mlir::ValueRange state) {
  mlir::Location at = op->getLoc();
  if (isArg()) {
    // Nothing was beyond the initial state, so all elements are like it: the first one.
    Value none = splatConstant(f.b, at, state[1].getType(), noIndex(indexBits));
    Value isNone = arith::CmpIOp::create(f.b, at, arith::CmpIPredicate::sge, state[1], none);
    Value first = splatConstant(f.b, at, state[1].getType(), int64_t{0});
    Value index = arith::SelectOp::create(f.b, at, isNone, first, state[1]);
    return emitCast(f.b, at, index, indexBits == 32 ? DType::i32 : DType::i64, DType::i64);
  }
  Value value = emitCast(f.b, at, state[0], stateDType, dtype);
  bool isExtreme = code == OpCode::reduce_max || code == OpCode::reduce_min;
  if (!isExtreme || !is_floating(dtype)) return value;
  return arith::AddFOp::create(f.b, at, value, splatConstant(f.b, at, value.getType(), 0.0));  // never -0
}

Value Reducer::identity(mlir::Type type) {
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

Values ReducerSet::initial(int64_t lanes) const {
  Values states;
  for (Reducer *reducer : members) llvm::append_range(states, reducer->initial(lanes));
  return states;
}

Values ReducerSet::combine(mlir::ValueRange a, mlir::ValueRange b) const {
  Values combined;
  for (Reducer *reducer : members) {
    size_t width = reducer->stateWidth();
    llvm::append_range(combined, reducer->combine(a.take_front(width), b.take_front(width)));
    a = a.drop_front(width);
    b = b.drop_front(width);
  }
  return combined;
}

Values ReducerSet::map(mlir::ValueRange states, Visit visit) const {
  Values all;
  for (Reducer *reducer : members) {
    size_t width = reducer->stateWidth();
    llvm::append_range(all, visit(*reducer, states.take_front(width)));
    states = states.drop_front(width);
  }
  return all;
}

}  // namespace etch::codegen
