// Ops that move elements: where in their operands the element of a result lies.

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/Elements.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Location;
using mlir::Value;

namespace {

int64_t rankOf(Value tensor) { return llvm::cast<mlir::RankedTensorType>(tensor.getType()).getRank(); }

/// How many indices ahead taken rows are asked for, of tables from that size in bytes on
/// (docs/decisions/0055-taken-rows.md).
constexpr int64_t kRowsAhead = 16, kLargeTable = 1 << 20;

/// Are the indices bytes, and so many elements at hand that each picks one?
bool isByteWithin(Value indices, int64_t extent) {
  auto cast = indices.getDefiningOp<ir::CastOp>();
  return cast && dtypeOf(cast.getOperand()) == DType::u8 && extent >= 256;
}

/// Vectors of indices, as far as 0 and `last`.
Value limited(mlir::OpBuilder &b, Location at, Value indices, int64_t last) {
  indices = arith::MinSIOp::create(b, at, indices, splatConstant(b, at, indices.getType(), last));
  return arith::MaxSIOp::create(b, at, indices, splatConstant(b, at, indices.getType(), int64_t{0}));
}

}  // namespace

Value ElementEmitter::scalarAt(Value tensor) {
  bool wasFlat = flat;
  flat = false;
  Value value = at(tensor, Index{});
  flat = wasFlat;
  return value;
}

/// Zeros, enough for a vector of any dtype, on the kernel's stack.
Value ElementEmitter::spareMemory(Location at) {
  if (spare) return spare;
  mlir::OpBuilder::InsertionGuard insertion(b);
  mlir::Region *region = b.getInsertionBlock()->getParent();
  while (!llvm::isa<mlir::func::FuncOp>(region->getParentOp())) region = region->getParentOp()->getParentRegion();
  b.setInsertionPointToStart(&region->front());
  auto words = mlir::VectorType::get({kLanes}, b.getI64Type());
  Value one = arith::ConstantOp::create(b, at, b.getI64IntegerAttr(1));
  spare = LLVM::AllocaOp::create(b, at, LLVM::LLVMPointerType::get(b.getContext()), words, one, 64);
  LLVM::StoreOp::create(b, at, splatConstant(b, at, words, int64_t{0}), spare, 64);
  return spare;
}

/// Where in operand 0 the element of the result lies, for ops with exactly one such place.
std::optional<Index> ElementEmitter::moved(mlir::Operation *op, const Index &index) {
  Location loc = op->getLoc();
  if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op)) {
    auto type = llvm::cast<mlir::RankedTensorType>(broadcast.getOperand().getType());
    Value zero = extents.constant(0);
    if (flat) return Index{uniform(zero)};
    Index source;
    for (auto [axis, target] : llvm::enumerate(broadcast.getDims()))
      source.push_back(type.getDimSize(axis) == 1 ? uniform(zero) : index[target]);
    return source;
  }
  if (auto transpose = llvm::dyn_cast<ir::TransposeOp>(op)) {
    Index source(index.size());
    for (auto [axis, from] : llvm::enumerate(transpose.getPermutation())) source[from] = index[axis];
    return source;
  }
  if (auto reshape = llvm::dyn_cast<ir::ReshapeOp>(op)) {
    // Axes of extent 1 come and go (passes::kFollowed), the others stay in order.
    Index longer, source;
    for (auto [extent, position] : llvm::zip_equal(reshape.getType().getShape(), index))
      if (extent != 1) longer.push_back(position);
    const AxisIndex *next = longer.begin();
    for (int64_t extent : ir::typeOf(reshape.getOperand()).getShape())
      source.push_back(extent == 1 ? uniform(extents.constant(0)) : *next++);
    return source;
  }
  if (auto slice = llvm::dyn_cast<ir::SliceOp>(op)) {
    Index source;
    for (auto [axis, position] : llvm::enumerate(index))
      source.push_back(addConstant(loc, scale(loc, position, slice.getStrides()[axis]), slice.getStarts()[axis]));
    return source;
  }
  if (auto reverse = llvm::dyn_cast<ir::ReverseOp>(op)) {
    Extents size = extents.of(reverse.getOperand());
    Index source(index);
    for (int64_t axis : reverse.getAxes())
      source[axis] = addConstant(loc, add(loc, scale(loc, index[axis], -1), size[axis]), -1);
    return source;
  }
  if (auto slice = llvm::dyn_cast<ir::DynamicSliceOp>(op)) {
    Extents size = extents.of(slice.getOperand());
    Index source;
    for (auto [axis, position] : llvm::enumerate(index)) {
      Value start = scalarAt(slice.getStarts()[axis]);
      Value room = arith::SubIOp::create(b, loc, size[axis], extents.constant(slice.getSizes()[axis]));
      start = arith::MinSIOp::create(b, loc, start, room);
      start = arith::MaxSIOp::create(b, loc, start, extents.constant(0));
      source.push_back(add(loc, position, start));
    }
    return source;
  }
  return std::nullopt;
}

Value ElementEmitter::take(mlir::Operation *op, const Index &index) {
  auto takeOp = llvm::cast<ir::TakeOp>(op);
  Location loc = op->getLoc();
  int64_t axis = takeOp.getAxis(), rank = rankOf(takeOp.getIndices());
  Index indicesIndex(index.begin() + axis, index.begin() + axis + rank);
  Value picked = at(takeOp.getIndices(), indicesIndex);
  Value extent = extents.of(takeOp.getOperand())[axis];
  const std::optional<int64_t> known = constantOf(extent);
  Index source(index.begin(), index.begin() + axis);
  const bool isNarrow = dtypeOf(takeOp.getIndices()) == DType::i32 && known && llvm::isInt<32>(*known);
  if (isNarrow && llvm::isa<mlir::VectorType>(picked.getType())) {
    if (!isByteWithin(takeOp.getIndices(), *known)) picked = limited(b, loc, picked, *known - 1);
    picked = emitCast(b, loc, picked, DType::i32, DType::i64);
    source.push_back({Value(), 0, picked});
  } else {
    picked = emitCast(b, loc, picked, dtypeOf(takeOp.getIndices()), DType::i64);
    AxisIndex pickedAxis =
        llvm::isa<mlir::VectorType>(picked.getType()) ? AxisIndex{Value(), 0, picked} : uniform(picked);
    source.push_back(clamp(loc, pickedAxis, extent));
  }
  source.append(index.begin() + axis + rank, index.end());
  if (!llvm::isa<mlir::VectorType>(picked.getType())) prefetchTaken(op, indicesIndex, source);
  return at(takeOp.getOperand(), source);
}

/// Rows of a large table lie anywhere: those that the next indices in memory pick are asked for some rows ahead.
void ElementEmitter::prefetchTaken(mlir::Operation *op, const Index &indicesIndex, Index source) {
  auto takeOp = llvm::cast<ir::TakeOp>(op);
  Value table = takeOp.getOperand(), indices = takeOp.getIndices();
  auto type = llvm::cast<mlir::RankedTensorType>(table.getType());
  auto places = llvm::cast<mlir::RankedTensorType>(indices.getType());
  if (!pointers.contains(table) || !pointers.contains(indices) || !type.hasStaticShape() || !places.hasStaticShape())
    return;
  const auto bytes = static_cast<int64_t>(size_of(dtypeOf(table)));
  // Behind a guard an operand may be empty.
  if (guard || places.getNumElements() == 0) return;
  if (type.getNumElements() * bytes < kLargeTable || source.back().step != 1) return;
  Location loc = op->getLoc();
  Value place = linearize(loc, extents.of(indices), indicesIndex).base;
  place = arith::AddIOp::create(b, loc, place, extents.constant(kRowsAhead));
  place = arith::MinSIOp::create(b, loc, place, extents.constant(places.getNumElements() - 1));
  Value picked = loadScalar(b, loc, dtypeOf(indices), pointers.lookup(indices), place);
  // Any number will do: fetching never faults.
  source[takeOp.getAxis()] = uniform(emitCast(b, loc, picked, dtypeOf(indices), DType::i64));
  Value position = linearize(loc, extents.of(table), source).base;
  prefetch(loc, elementPointer(b, loc, dtypeOf(table), pointers.lookup(table), position),
           mlir::VectorType::get({lanes}, memoryType(dtypeOf(table), b.getContext())), /*ahead=*/0);
}

}  // namespace etch::codegen
