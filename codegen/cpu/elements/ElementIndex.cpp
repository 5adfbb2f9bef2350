// Arithmetic on indices: positions along an axis, and in a tensor.

#include "codegen/cpu/elements/Elements.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Location;
using mlir::Value;

AxisIndex ElementEmitter::add(Location at, AxisIndex axis, Value offset) {
  const std::optional<int64_t> known = constantOf(offset);
  if (known == 0) return axis;
  if (axis.perLane)
    axis.perLane = arith::AddIOp::create(b, at, axis.perLane, splat(at, offset));
  else if (auto base = constantOf(axis.base); base && known)
    axis.base = extents.constant(*base + *known);
  else
    axis.base = constantOf(axis.base) == 0 ? offset : arith::AddIOp::create(b, at, axis.base, offset).getResult();
  return axis;
}

AxisIndex ElementEmitter::addConstant(Location at, AxisIndex axis, int64_t offset) {
  if (offset == 0) return axis;
  AxisIndex moved = add(at, axis, extents.constant(offset));
  if (axis.perLane) return moved;
  auto known = sums.find(axis.base);
  auto [from, before] = known == sums.end() ? std::pair(axis.base, int64_t{0}) : known->second;
  sums[moved.base] = {from, before + offset};
  return moved;
}

AxisIndex ElementEmitter::scale(Location at, AxisIndex axis, int64_t factor) {
  if (factor == 1) return axis;
  Value amount = extents.constant(factor);
  if (axis.perLane)
    axis.perLane = arith::MulIOp::create(b, at, axis.perLane, splat(at, amount));
  else if (auto base = constantOf(axis.base))
    axis.base = extents.constant(*base * factor);
  else
    axis.base = arith::MulIOp::create(b, at, axis.base, amount);
  axis.step *= factor;
  return axis;
}

AxisIndex ElementEmitter::clamp(Location at, const AxisIndex &axis, Value extent) {
  Value position = materialize(at, axis);
  Value last = arith::SubIOp::create(b, at, extent, extents.constant(1));
  Value zero = extents.constant(0);
  if (llvm::isa<mlir::VectorType>(position.getType())) {
    last = splat(at, last);
    zero = splat(at, zero);
  }
  position = arith::MinSIOp::create(b, at, position, last);
  position = arith::MaxSIOp::create(b, at, position, zero);
  return llvm::isa<mlir::VectorType>(position.getType()) ? AxisIndex{Value(), 0, position} : uniform(position);
}

Value ElementEmitter::materialize(Location at, const AxisIndex &axis) {
  if (axis.perLane) return axis.perLane;
  if (axis.step == 0) return axis.base;
  llvm::SmallVector<int64_t> offsets;
  for (int64_t lane = 0; lane < lanes; ++lane) offsets.push_back(lane * axis.step);
  Value lane = arith::ConstantOp::create(b, at, b.getI64VectorAttr(offsets));
  return arith::AddIOp::create(b, at, splat(at, axis.base), lane);
}

AxisIndex ElementEmitter::linearize(Location at, llvm::ArrayRef<Value> tensorExtents, const Index &index) {
  // Horner's scheme from the outermost axis; axes that vary over lanes by a known amount keep a step.
  bool perLane = llvm::any_of(index, [](const AxisIndex &axis) { return static_cast<bool>(axis.perLane); });
  AxisIndex result = uniform(extents.constant(0));
  for (auto [axis, position] : llvm::enumerate(index)) {
    auto extent = constantOf(tensorExtents[axis]);
    if (result.step != 0 && !extent) perLane = true;
  }
  if (!perLane) {
    // A step under an axis whose extent is unknown has no constant stride.
    int64_t seenStep = 0;
    for (auto [axis, position] : llvm::enumerate(index)) {
      if (seenStep && !constantOf(tensorExtents[axis])) perLane = true;
      seenStep |= position.step;
    }
  }
  for (auto [axis, position] : llvm::enumerate(index)) {
    if (axis) {
      auto extent = constantOf(tensorExtents[axis]);
      if (result.perLane)
        result.perLane = arith::MulIOp::create(b, at, result.perLane, splat(at, tensorExtents[axis]));
      else if (constantOf(result.base) != 0)
        result.base =
            extent == 1 ? result.base : arith::MulIOp::create(b, at, result.base, tensorExtents[axis]).getResult();
      if (result.step) result.step *= *extent;
    }
    if (perLane && !position.isUniform()) {
      Value varying = materialize(at, position);
      const bool isFirst = result.isUniform() && constantOf(result.base) == 0;
      if (!isFirst) varying = arith::AddIOp::create(b, at, splat(at, materialize(at, result)), varying);
      result = {Value(), 0, varying};
    } else if (result.perLane) {
      result.perLane = arith::AddIOp::create(b, at, result.perLane, splat(at, position.base));
    } else {
      result = add(at, result, position.base);
      result.step += position.step;
    }
  }
  return result;
}

}  // namespace etch::codegen
