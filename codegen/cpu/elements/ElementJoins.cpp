// Ops whose elements come from one of several places: a padded tensor or its border, one of several tensors joined.

#include <utility>

#include "codegen/cpu/elements/Elements.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Location;
using mlir::Value;

Value ElementEmitter::atUnlessEmpty(Value tensor, const Index &index, llvm::ArrayRef<Value> sizes) {
  Value outer = guard;
  for (Value size : sizes) {
    if (constantOf(size)) continue;
    Value some = arith::CmpIOp::create(b, tensor.getLoc(), arith::CmpIPredicate::sgt, size, extents.constant(0));
    guard = guard ? arith::AndIOp::create(b, tensor.getLoc(), guard, some).getResult() : some;
  }
  Value value = at(tensor, index);
  guard = outer;
  return value;
}

/// The lanes of a vector from `first` on whose positions are in [0, extent), where either end may be missed.
Value ElementEmitter::lanesWithin(Location at, Value first, Value extent, bool fromBelow, bool toAbove) {
  auto type = mlir::VectorType::get({lanes}, b.getI32Type());
  auto numbers = llvm::to_vector(llvm::seq<int32_t>(lanes));
  Value lane = arith::ConstantOp::create(b, at, mlir::DenseElementsAttr::get(type, llvm::ArrayRef<int32_t>(numbers)));
  // Lanes before the one at `position`.
  auto before = [&](Value position) -> Value {
    Value count = arith::SubIOp::create(b, at, position, first);
    count = arith::MaxSIOp::create(b, at, count, extents.constant(0));
    count = arith::MinSIOp::create(b, at, count, extents.constant(lanes));
    count = splat(at, arith::TruncIOp::create(b, at, b.getI32Type(), count));
    return arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, lane, count);
  };
  Value result = splatConstant(b, at, mlir::VectorType::get({lanes}, b.getI1Type()), int64_t{1});
  if (toAbove) result = before(extent);
  if (fromBelow) result = arith::XOrIOp::create(b, at, result, before(extents.constant(0)));
  return result;
}

Value ElementEmitter::pad(mlir::Operation *op, const Index &index) {
  auto padOp = llvm::cast<ir::PadOp>(op);
  Location loc = op->getLoc();
  Extents size = extents.of(padOp.getOperand());
  Index source;
  Value inside, within;  // the latter: lanes whose elements are the operand's
  auto both = [&](Value x, Value y) -> Value {
    if (!x) return y;
    if (x.getType() != y.getType()) {
      x = splat(loc, x);
      y = splat(loc, y);
    }
    return arith::AndIOp::create(b, loc, x, y);
  };
  llvm::SmallVector<Value> padded;  // extents that may be 0 where the result's are not
  for (auto [axis, position] : llvm::enumerate(index)) {
    int64_t low = padOp.getLow()[axis], high = padOp.getHigh()[axis], step = padOp.getInterior()[axis] + 1;
    if (low == 0 && high == 0 && step == 1) {
      source.push_back(position);
      continue;
    }
    if (constantOf(size[axis]) == 0) return scalarAt(padOp.getValue());
    if (step == 1 && constantOf(size[axis]) && assumeWithin(position, low, low + *constantOf(size[axis]))) {
      source.push_back(addConstant(loc, position, -low));
      continue;
    }
    padded.push_back(size[axis]);
    if (lanes && step == 1 && position.step == 1 && !within) {
      // Vectors of the operand as they lie, where positions would have to be gathered one by one.
      source.push_back(addConstant(loc, position, -low));
      within = lanesWithin(loc, source.back().base, size[axis], low > 0, high > 0);
      continue;
    }
    Value p = materialize(loc, addConstant(loc, position, -low));
    auto constant = [&](int64_t value) { return splatConstant(b, loc, p.getType(), value); };
    Value q = p;
    if (step != 1) {
      inside = both(inside, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                                  arith::RemSIOp::create(b, loc, p, constant(step)), constant(0)));
      q = arith::DivSIOp::create(b, loc, p, constant(step));
    }
    Value limit = llvm::isa<mlir::VectorType>(p.getType()) ? splat(loc, size[axis]) : size[axis];
    inside = both(inside, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, p, constant(0)));
    inside = both(inside, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, q, limit));
    AxisIndex shifted = step == 1 && !position.perLane ? addConstant(loc, position, -low) : AxisIndex{q, 0, {}};
    if (llvm::isa<mlir::VectorType>(q.getType())) shifted = {Value(), 0, q};
    source.push_back(clamp(loc, shifted, size[axis]));
  }
  Value element;
  if (within) {
    // What is emitted under the narrower mask is nobody else's.
    auto others = std::exchange(emitted, decltype(emitted)());
    Value ofBody = std::exchange(mask, both(mask, within));
    element = atUnlessEmpty(padOp.getOperand(), source, padded);
    mask = ofBody;
    emitted = std::move(others);
    inside = both(inside, within);
  } else {
    element = atUnlessEmpty(padOp.getOperand(), source, padded);
  }
  if (!inside) return element;
  Value border = scalarAt(padOp.getValue());
  if (llvm::isa<mlir::VectorType>(inside.getType()) || llvm::isa<mlir::VectorType>(element.getType())) {
    inside = splat(loc, inside);
    element = splat(loc, element);
    border = splat(loc, border);
  }
  return arith::SelectOp::create(b, loc, inside, element, border);
}

namespace {

size_t largestOperand(ir::ConcatenateOp op) {
  auto extent = [&](Value operand) {
    return llvm::cast<mlir::RankedTensorType>(operand.getType()).getDimSize(op.getAxis());
  };
  auto operands = op.getInputs();
  return std::max_element(operands.begin(), operands.end(), [&](Value x, Value y) { return extent(x) < extent(y); }) -
         operands.begin();
}

}  // namespace

/// The operand that the element lies in, and where there: where its position along the axis is known, or may be assumed
/// to be in the largest one.
std::optional<std::pair<Value, Index>> ElementEmitter::onlyOperand(ir::ConcatenateOp op, const Index &index) {
  const AxisIndex &position = index[op.getAxis()];
  const std::optional<int64_t> known = position.isUniform() ? constantOf(position.base) : std::nullopt;
  int64_t offset = 0;
  for (auto [i, operand] : llvm::enumerate(op.getInputs())) {
    auto size = constantOf(extents.of(operand)[op.getAxis()]);
    if (!size) return std::nullopt;
    if (known ? *known < offset + *size : i == largestOperand(op)) {
      if (!known && !assumeWithin(position, offset, offset + *size)) return std::nullopt;
      Index source(index);
      source[op.getAxis()] = addConstant(op.getLoc(), position, -offset);
      return std::make_pair(operand, source);
    }
    offset += *size;
  }
  return std::nullopt;
}

/// Vectors of each operand as they lie, of which one or the other has the lanes that are its own.
Value ElementEmitter::concatenateVectors(ir::ConcatenateOp op, const Index &index) {
  Location loc = op->getLoc();
  const auto axis = static_cast<int64_t>(op.getAxis());
  Value result, offset = extents.constant(0);
  // One operand may be concatenated with itself: places are told apart, not values.
  llvm::SmallVector<Value> operands;
  for (Value operand : op.getInputs())
    if (constantOf(extents.of(operand)[axis]) != 0) operands.push_back(operand);
  for (auto [place, operand] : llvm::enumerate(operands)) {
    Value size = extents.of(operand)[axis];
    const bool isLast = place + 1 == operands.size();
    Index source(index);
    source[axis].base = arith::SubIOp::create(b, loc, index[axis].base, offset);
    Value within = lanesWithin(loc, source[axis].base, size, /*fromBelow=*/place != 0, /*toAbove=*/!isLast);
    auto others = std::exchange(emitted, decltype(emitted)());
    Value narrower = mask ? arith::AndIOp::create(b, loc, mask, within).getResult() : within;
    Value ofBody = std::exchange(mask, narrower);
    Value element = splat(loc, atUnlessEmpty(operand, source, size));
    mask = ofBody;
    emitted = std::move(others);
    result = result ? arith::SelectOp::create(b, loc, within, element, result).getResult() : element;
    offset = arith::AddIOp::create(b, loc, offset, size);
  }
  return result ? result : at(op.getInputs()[0], index);
}

Value ElementEmitter::concatenate(mlir::Operation *op, const Index &index) {
  auto concat = llvm::cast<ir::ConcatenateOp>(op);
  Location loc = op->getLoc();
  int64_t axis = concat.getAxis();
  if (auto only = onlyOperand(concat, index)) return at(only->first, only->second);
  if (lanes && !index[axis].perLane && index[axis].step == 1) return concatenateVectors(concat, index);
  Value position = materialize(loc, index[axis]);
  bool vectorPosition = llvm::isa<mlir::VectorType>(position.getType());
  Value result, offset = extents.constant(0);
  for (Value operand : concat.getInputs()) {
    Value size = extents.of(operand)[axis];
    if (constantOf(size) == 0) continue;
    Index source(index);
    Value local = arith::SubIOp::create(b, loc, position, vectorPosition ? splat(loc, offset) : offset);
    AxisIndex localAxis = vectorPosition ? AxisIndex{Value(), 0, local} : AxisIndex{local, 0, {}};
    source[axis] = clamp(loc, localAxis, size);
    Value element = atUnlessEmpty(operand, source, size);
    if (!result) {
      result = element;
    } else {
      Value here = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, position,
                                         vectorPosition ? splat(loc, offset) : offset);
      if (llvm::isa<mlir::VectorType>(here.getType()) || llvm::isa<mlir::VectorType>(element.getType()) ||
          llvm::isa<mlir::VectorType>(result.getType())) {
        here = splat(loc, here);
        element = splat(loc, element);
        result = splat(loc, result);
      }
      result = arith::SelectOp::create(b, loc, here, element, result);
    }
    offset = arith::AddIOp::create(b, loc, offset, size);
  }
  if (result) return result;
  return at(concat.getInputs()[0], index);
}

}  // namespace etch::codegen
