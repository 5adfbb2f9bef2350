#include "codegen/cpu/Elements.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/BFloat16.h"
#include "codegen/cpu/Philox.h"
#include "codegen/cpu/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace vector = mlir::vector;
namespace LLVM = mlir::LLVM;
using mlir::Location;
using mlir::Value;

namespace {
DType dtypeOf(Value tensor) {
  return ir::toDType(llvm::cast<mlir::RankedTensorType>(tensor.getType()).getElementType());
}
/// For prefetching: bytes ahead of a loop's position, and for taken rows how many indices ahead, of tables from that
/// size in bytes on (docs/decisions/0055-taken-rows.md).
constexpr int64_t kBytesAhead = 4096, kRowsAhead = 16, kLargeTable = 1 << 20;

int64_t rankOf(Value tensor) { return llvm::cast<mlir::RankedTensorType>(tensor.getType()).getRank(); }
}  // namespace

mlir::Type memoryType(DType dtype, mlir::MLIRContext *context) {
  if (dtype == DType::boolean || dtype == DType::u8) return mlir::IntegerType::get(context, 8);
  if (dtype == DType::bf16) return mlir::IntegerType::get(context, 16);
  return ir::toMlirType(dtype, context);
}

Value fromMemory(mlir::OpBuilder &b, Location at, DType dtype, Value value) {
  if (dtype == DType::bf16) return widenBFloat16(b, at, value);
  if (dtype != DType::boolean) return value;
  return arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne, value,
                               splatConstant(b, at, value.getType(), int64_t{0}));
}

Value toMemory(mlir::OpBuilder &b, Location at, DType dtype, Value value) {
  if (dtype == DType::bf16) return bitsOfBFloat16(b, at, value);
  if (dtype != DType::boolean) return value;
  mlir::Type byte = b.getI8Type();
  if (auto vector = llvm::dyn_cast<mlir::VectorType>(value.getType())) byte = vector.clone(byte);
  return arith::ExtUIOp::create(b, at, byte, value);
}

Value elementPointer(mlir::OpBuilder &b, Location at, DType dtype, Value pointer, Value position) {
  return LLVM::GEPOp::create(b, at, pointer.getType(), memoryType(dtype, b.getContext()), pointer,
                             llvm::ArrayRef<LLVM::GEPArg>{position});
}

Value loadScalar(mlir::OpBuilder &b, Location at, DType dtype, Value pointer, Value position) {
  mlir::Type type = memoryType(dtype, b.getContext());
  Value value = LLVM::LoadOp::create(b, at, type, elementPointer(b, at, dtype, pointer, position), size_of(dtype));
  return fromMemory(b, at, dtype, value);
}

void storeScalar(mlir::OpBuilder &b, Location at, DType dtype, Value value, Value pointer, Value position) {
  LLVM::StoreOp::create(b, at, toMemory(b, at, dtype, value), elementPointer(b, at, dtype, pointer, position),
                        size_of(dtype));
}

bool isFlat(mlir::Block &kernel) {
  for (mlir::Operation &op : kernel.without_terminator()) {
    if (op.hasTrait<ir::ElementwiseOp>() ||
        llvm::isa<ir::ConstantOp, ir::RandomUniformOp, ir::RandomBitsOp, ir::DimOp>(op))
      continue;
    // One element repeated everywhere.
    auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op);
    auto type =
        broadcast ? llvm::cast<mlir::RankedTensorType>(broadcast.getOperand().getType()) : mlir::RankedTensorType();
    if (broadcast && type.hasStaticShape() && type.getNumElements() == 1) continue;
    return false;
  }
  return true;
}

void ElementEmitter::enterBody(int64_t lanesOfBody, Value maskOfBody) {
  lanes = lanesOfBody;
  mask = maskOfBody;
  emitted.clear();
  interned.clear();
}

unsigned ElementEmitter::intern(const Index &index) {
  for (auto [i, other] : llvm::enumerate(interned))
    if (llvm::equal(index, other, [](const AxisIndex &a, const AxisIndex &c) {
          return a.base == c.base && a.step == c.step && a.perLane == c.perLane;
        }))
      return i;
  interned.push_back(index);
  return interned.size() - 1;
}

Value ElementEmitter::at(Value tensor, const Index &index) {
  if (auto it = fixed.find(tensor); it != fixed.end()) return it->second;
  if (auto it = columns.find(tensor); it != columns.end()) return it->second[*constantOf(index.back().base)];
  auto key = std::make_pair(tensor, intern(index));
  if (auto it = emitted.find(key); it != emitted.end()) return it->second;
  Value value = emit(tensor, index);
  emitted[key] = value;
  return value;
}

Value ElementEmitter::vectorAt(Value tensor, const Index &index) {
  Value value = at(tensor, index);
  return lanes ? splat(tensor.getLoc(), value) : value;
}

Value ElementEmitter::splat(Location at, Value value) {
  if (!lanes || llvm::isa<mlir::VectorType>(value.getType())) return value;
  return vector::BroadcastOp::create(b, at, mlir::VectorType::get({lanes}, value.getType()), value);
}

Value ElementEmitter::emit(Value tensor, const Index &index) {
  if (auto it = pointers.find(tensor); it != pointers.end()) return load(tensor, it->second, index);
  mlir::Operation *op = tensor.getDefiningOp();
  if (op->hasTrait<ir::ElementwiseOp>()) return elementwise(op, index);
  if (llvm::isa<ir::ConstantOp>(op)) return constantElement(op, registerType(dtypeOf(tensor), b.getContext()));
  if (llvm::isa<ir::IotaOp>(op)) return iota(op, index);
  if (llvm::isa<ir::RandomUniformOp, ir::RandomBitsOp>(op)) return random(op, index);
  if (auto dim = llvm::dyn_cast<ir::DimOp>(op)) return extents.of(dim.getOperand())[dim.getAxis()];
  if (llvm::isa<ir::PadOp>(op)) return pad(op, index);
  if (llvm::isa<ir::ConcatenateOp>(op)) return concatenate(op, index);
  if (llvm::isa<ir::TakeOp>(op)) return take(op, index);
  if (std::optional<Index> source = moved(op, index)) return at(op->getOperand(0), *source);
  throw UnsupportedError("the CPU code generator has no rule for etch." + op->getName().stripDialect().str(),
                         ir::toUserLocation(op->getLoc()));
}

namespace {

/// At most two vectors: what is prepared once a row then costs more than it saves.
bool isShortRow(Value tensor, const Index &index) {
  auto type = llvm::cast<mlir::RankedTensorType>(tensor.getType());
  for (auto [axis, position] : llvm::enumerate(index))
    if (position.step == 1 && axis < static_cast<size_t>(type.getRank()))
      return !type.isDynamicDim(axis) && type.getDimSize(axis) <= 2 * kLanes;
  return false;
}

}  // namespace

Value ElementEmitter::elementwise(mlir::Operation *op, const Index &index) {
  llvm::SmallVector<Value> operands;
  bool anyVector = false;
  for (Value operand : op->getOperands()) {
    operands.push_back(at(operand, index));
    anyVector |= llvm::isa<mlir::VectorType>(operands.back().getType());
  }
  if (anyVector && llvm::isa<ir::DivOp>(op) && dtypeOf(op->getResult(0)) == DType::f32 &&
      !llvm::isa<mlir::VectorType>(operands[1].getType()) && !isShortRow(op->getResult(0), index))
    return emitDivideByScalar(b, op->getLoc(), operands[0], operands[1], policy);
  if (anyVector)
    for (Value &operand : operands) operand = splat(op->getLoc(), operand);
  return emitScalarOp(b, op, operands, policy, callsMath);
}

Value ElementEmitter::constantElement(mlir::Operation *op, mlir::Type type) {
  auto splatValue = llvm::cast<mlir::SplatElementsAttr>(llvm::cast<ir::ConstantOp>(op).getValue());
  mlir::Attribute value = splatValue.getSplatValue<mlir::Attribute>();
  // u8 is unsigned in tensors and signless in registers.
  if (auto integer = llvm::dyn_cast<mlir::IntegerAttr>(value)) value = mlir::IntegerAttr::get(type, integer.getValue());
  // bf16 is f32 in registers.
  if (auto real = llvm::dyn_cast<mlir::FloatAttr>(value); real && real.getType() != type)
    value = mlir::FloatAttr::get(type, real.getValueAsDouble());
  return arith::ConstantOp::create(b, op->getLoc(), llvm::cast<mlir::TypedAttr>(value));
}

Value ElementEmitter::iota(mlir::Operation *op, const Index &index) {
  auto iotaOp = llvm::cast<ir::IotaOp>(op);
  Value position = materialize(op->getLoc(), index[iotaOp.getAxis()]);
  return emitCast(b, op->getLoc(), position, DType::i64, dtypeOf(iotaOp.getResult()));
}

Value ElementEmitter::random(mlir::Operation *op, const Index &index) {
  Location loc = op->getLoc();
  AxisIndex position = flat ? index[0] : linearize(loc, extents.of(op->getResult(0)), index);
  Value state = op->getOperand(0);
  auto stateWord = [&](int64_t i) {
    bool wasFlat = flat;
    flat = false;
    Value word = at(state, Index{uniform(extents.constant(i))});
    flat = wasFlat;
    return word;
  };
  Value key = stateWord(0);
  Value counter = materialize(loc, add(loc, position, stateWord(1)));
  if (llvm::isa<mlir::VectorType>(counter.getType())) key = splat(loc, key);
  DType dtype = dtypeOf(op->getResult(0));
  return llvm::isa<ir::RandomBitsOp>(op) ? emitRandomBits(b, loc, key, counter, dtype)
                                         : emitRandomUniform(b, loc, key, counter, dtype);
}

//===-- Ops that move elements -------------------------------------------------------------------------------===//

bool ElementEmitter::isZeroDim(Value tensor) const { return rankOf(tensor) == 0; }

Value ElementEmitter::scalarAt(Value tensor) {
  bool wasFlat = flat;
  flat = false;
  Value value = at(tensor, Index{});
  flat = wasFlat;
  return value;
}

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

Value ElementEmitter::pad(mlir::Operation *op, const Index &index) {
  auto padOp = llvm::cast<ir::PadOp>(op);
  Location loc = op->getLoc();
  Extents size = extents.of(padOp.getOperand());
  Index source;
  Value inside;
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
    padded.push_back(size[axis]);
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
  Value element = atUnlessEmpty(padOp.getOperand(), source, padded);
  if (!inside) return element;
  Value border = scalarAt(padOp.getValue());
  if (llvm::isa<mlir::VectorType>(inside.getType()) || llvm::isa<mlir::VectorType>(element.getType())) {
    inside = splat(loc, inside);
    element = splat(loc, element);
    border = splat(loc, border);
  }
  return arith::SelectOp::create(b, loc, inside, element, border);
}

Value ElementEmitter::concatenate(mlir::Operation *op, const Index &index) {
  auto concat = llvm::cast<ir::ConcatenateOp>(op);
  Location loc = op->getLoc();
  int64_t axis = concat.getAxis();
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

Value ElementEmitter::take(mlir::Operation *op, const Index &index) {
  auto takeOp = llvm::cast<ir::TakeOp>(op);
  Location loc = op->getLoc();
  int64_t axis = takeOp.getAxis(), rank = rankOf(takeOp.getIndices());
  Index indicesIndex(index.begin() + axis, index.begin() + axis + rank);
  Value picked = at(takeOp.getIndices(), indicesIndex);
  picked = emitCast(b, loc, picked, dtypeOf(takeOp.getIndices()), DType::i64);
  Index source(index.begin(), index.begin() + axis);
  AxisIndex pickedAxis =
      llvm::isa<mlir::VectorType>(picked.getType()) ? AxisIndex{Value(), 0, picked} : uniform(picked);
  source.push_back(clamp(loc, pickedAxis, extents.of(takeOp.getOperand())[axis]));
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

//===-- Index arithmetic -------------------------------------------------------------------------------------===//

AxisIndex ElementEmitter::add(Location at, AxisIndex axis, Value offset) {
  if (constantOf(offset) == 0) return axis;
  if (axis.perLane)
    axis.perLane = arith::AddIOp::create(b, at, axis.perLane, splat(at, offset));
  else
    axis.base = constantOf(axis.base) == 0 ? offset : arith::AddIOp::create(b, at, axis.base, offset).getResult();
  return axis;
}

AxisIndex ElementEmitter::addConstant(Location at, AxisIndex axis, int64_t offset) {
  return offset == 0 ? axis : add(at, axis, extents.constant(offset));
}

AxisIndex ElementEmitter::scale(Location at, AxisIndex axis, int64_t factor) {
  if (factor == 1) return axis;
  Value amount = extents.constant(factor);
  if (axis.perLane)
    axis.perLane = arith::MulIOp::create(b, at, axis.perLane, splat(at, amount));
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
      Value sum = splat(at, materialize(at, result));
      result = {Value(), 0, arith::AddIOp::create(b, at, sum, varying)};
    } else if (result.perLane) {
      result.perLane = arith::AddIOp::create(b, at, result.perLane, splat(at, position.base));
    } else {
      result = add(at, result, position.base);
      result.step += position.step;
    }
  }
  return result;
}

//===-- Memory -----------------------------------------------------------------------------------------------===//

Value ElementEmitter::load(Value tensor, Value pointer, const Index &index) {
  Location at = tensor.getLoc();
  DType dtype = dtypeOf(tensor);
  AxisIndex position = flat ? index[0] : linearize(at, extents.of(tensor), index);
  if (guard) {
    pointer = arith::SelectOp::create(b, at, guard, pointer, spareMemory(at));
    // A step other than 1 would leave the spare memory; positions of their own can all be 0.
    if (!position.isUniform() && position.step != 1) position = {Value(), 0, materialize(at, position)};
    Value zero = extents.constant(0);
    if (position.perLane)
      position.perLane = arith::SelectOp::create(b, at, guard, position.perLane, splat(at, zero));
    else
      position.base = arith::SelectOp::create(b, at, guard, position.base, zero);
  }
  if (position.isUniform()) return loadScalar(b, at, dtype, pointer, position.base);
  auto type = mlir::VectorType::get({lanes}, memoryType(dtype, b.getContext()));
  unsigned alignment = size_of(dtype);
  if (position.step == 1) {
    Value address = elementPointer(b, at, dtype, pointer, position.base);
    if (!mask && readsAhead) prefetch(at, address, type, kBytesAhead);
    if (!mask) return fromMemory(b, at, dtype, LLVM::LoadOp::create(b, at, type, address, alignment));
    Value zero = splatConstant(b, at, type, int64_t{0});
    return fromMemory(b, at, dtype, LLVM::MaskedLoadOp::create(b, at, type, address, mask, zero, alignment));
  }
  Value positions = materialize(at, position);
  auto pointers = mlir::VectorType::get({lanes}, pointer.getType());
  Value addresses = LLVM::GEPOp::create(b, at, pointers, memoryType(dtype, b.getContext()), pointer,
                                        llvm::ArrayRef<LLVM::GEPArg>{positions});
  Value active = mask ? mask : splatConstant(b, at, mlir::VectorType::get({lanes}, b.getI1Type()), int64_t{1});
  Value zero = splatConstant(b, at, type, int64_t{0});
  return fromMemory(b, at, dtype,
                    LLVM::masked_gather::create(b, at, type, addresses, active, mlir::ValueRange{zero}, alignment));
}

/// Brings the cache lines that lie `bytesAhead` behind those of a vector into the first cache. Measured for
/// tanh(x) sigmoid(x) of 16M f32 (6.5 ms of arithmetic, 6.4 ms of memcpy): 9.4 ms without, 7.5 ms with 1 KiB, 7.1 ms
/// with 2 KiB, 6.9 ms with 4 KiB, 7.3 ms with 8 KiB; for 64k f32 no difference.
void ElementEmitter::prefetch(Location at, Value address, mlir::VectorType type, int64_t bytesAhead) {
  constexpr int64_t kLineBytes = 64;
  const int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  for (int64_t line = 0; line < bytes; line += kLineBytes) {
    Value ahead = LLVM::GEPOp::create(b, at, address.getType(), b.getI8Type(), address,
                                      llvm::ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytesAhead + line)});
    LLVM::Prefetch::create(b, at, ahead, /*rw=*/0, /*hint=*/3, /*cache=*/1);
  }
}

void ElementEmitter::store(Location at, Value value, Value pointer, Value tensor, const Index &index) {
  DType dtype = dtypeOf(tensor);
  AxisIndex position = flat ? index[0] : linearize(at, extents.of(tensor), index);
  if (position.isUniform()) return storeScalar(b, at, dtype, value, pointer, position.base);
  value = toMemory(b, at, dtype, splat(at, value));
  unsigned alignment = size_of(dtype);
  if (position.step == 1) {
    Value address = elementPointer(b, at, dtype, pointer, position.base);
    if (mask)
      LLVM::MaskedStoreOp::create(b, at, value, address, mask, alignment);
    else
      LLVM::StoreOp::create(b, at, value, address, alignment);
    return;
  }
  Value positions = materialize(at, position);
  auto pointers = mlir::VectorType::get({lanes}, pointer.getType());
  Value addresses = LLVM::GEPOp::create(b, at, pointers, memoryType(dtype, b.getContext()), pointer,
                                        llvm::ArrayRef<LLVM::GEPArg>{positions});
  Value active = mask ? mask : splatConstant(b, at, mlir::VectorType::get({lanes}, b.getI1Type()), int64_t{1});
  LLVM::masked_scatter::create(b, at, value, addresses, active, alignment);
}

}  // namespace etch::codegen
