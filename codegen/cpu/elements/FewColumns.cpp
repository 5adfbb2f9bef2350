#include "codegen/cpu/elements/FewColumns.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/LoopTrips.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

using ir::typeOf;
using mlir::Value;

/// Longer rows fill half of a vector of their own, which costs no more than what is written down: of 65536x17, one_hot
/// takes as long as memcpy so, and 1.5 times as long by blocks (docs/decisions/0091).
static constexpr int64_t kMostColumns = kLanes / 2 - 1;

FewColumnsShape::FewColumnsShape(llvm::ArrayRef<int64_t> extents) : extents(extents) {
  auto axis = static_cast<int64_t>(extents.size()) - 1;
  for (; axis > 0 && columns * extents[axis] <= kMostColumns; --axis) columns *= extents[axis];
  rowAxis = axis;
}

FewColumns::FewColumns(KernelFrame &f, FewColumnsShape shape)
    : f(f), b(f.b), at(f.at), shape(shape), index(shape.extents.size(), AxisIndex{f.constant(0), 0, {}}) {}

bool FewColumns::classify() {
  for (mlir::Operation &op : f.body().without_terminator()) {
    Value value = op.getResult(0);
    if (typeOf(value).getShape() != shape.extents || op.hasTrait<ir::ElementwiseOp>()) continue;
    auto varies = variesOf(&op);
    if (!varies) return false;
    if (*varies == Varies::withColumns || *varies == Varies::withRows) tiles.push_back({value, *varies});
  }
  return !tiles.empty() &&
         llvm::all_of(f.outputs(), [&](Value output) { return typeOf(output).getShape() == shape.extents; });
}

std::optional<Varies> FewColumns::variesOf(mlir::Operation *op) const {
  bool withRows = false, withColumns = false;
  auto note = [&](int64_t axis) { (axis == shape.rowAxis ? withRows : withColumns) |= axis >= shape.rowAxis; };
  if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op)) {
    for (auto [axis, target] : llvm::enumerate(broadcast.getDims()))
      if (typeOf(broadcast.getOperand()).getDimSize(axis) != 1) note(target);
  } else if (auto iota = llvm::dyn_cast<ir::IotaOp>(op)) {
    note(static_cast<int64_t>(iota.getAxis()));
  } else if (!llvm::isa<ir::ConstantOp>(op)) {
    return std::nullopt;
  }
  if (withRows && withColumns) return std::nullopt;
  return withRows ? Varies::withRows : withColumns ? Varies::withColumns : Varies::outside;
}

void FewColumns::setTrips(int64_t together) {
  int64_t perTrip = opCount(f.body());
  for (int64_t extent : shape.extents.drop_front()) perTrip *= extent;
  f.setTrips(f.constant(shape.extents[0]), f.constant(perTrip), f.constant(shape.rowAxis == 0 ? together : 1));
}

void FewColumns::overRows(llvm::function_ref<void(Value lower, Value upper)> body, int64_t axis) {
  Value lower = axis ? f.constant(0) : f.begin, upper = axis ? f.constant(shape.extents[axis]) : f.end;
  if (axis == shape.rowAxis) return body(lower, upper);
  f.loop(lower, upper, 1, [&](Value i) {
    index[axis] = {i, 0, {}};
    overRows(body, axis + 1);
  });
}

Value FewColumns::wholeBlocks(Value lower, Value upper, int64_t block) {
  Value count = f.split(f.sub(upper, lower), block).first;
  return f.add(lower, f.mul(count, f.constant(block)));
}

Value FewColumns::spread(Value value, int64_t number) {
  auto rowOf = [&](int64_t lane) { return (number * kLanes + lane) / shape.columns; };
  auto rows = llvm::to_vector(llvm::map_range(llvm::seq<int64_t>(kLanes), rowOf));
  return mlir::vector::ShuffleOp::create(b, at, value, value, rows);
}

void FewColumns::emitVector(Value from, Value mask, llvm::function_ref<Value(size_t i)> tileVector) {
  f.elements.enterBody(kLanes, mask);
  llvm::SmallVector<Value> given;
  auto give = [&](Value tensor, Value vector) {
    f.elements.setValue(tensor, vector);
    given.push_back(tensor);
  };
  for (auto [i, tile] : llvm::enumerate(tiles)) give(tile.value, tileVector(i));
  for (auto [argument, pointer] : llvm::zip(f.body().getArguments(), f.operands))
    if (typeOf(argument).getShape() == shape.extents)
      give(argument, loadVector(f, dtypeOf(argument), address(argument, pointer, from), mask));
  llvm::SmallVector<Value> values;
  for (Value output : f.outputs()) values.push_back(f.elements.vectorAt(output, index));
  for (auto [output, value, pointer] : llvm::zip(f.outputs(), values, f.results))
    storeVector(f, dtypeOf(output), value, address(output, pointer, from), mask);
  for (Value tensor : given) f.elements.unsetValue(tensor);
}

}  // namespace etch::codegen
