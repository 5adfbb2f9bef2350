#include "codegen/cpu/elements/Elements.h"

#include "llvm/ADT/SetVector.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/DivideByScalar.h"
#include "codegen/cpu/elements/Philox.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
namespace vector = mlir::vector;
using mlir::Location;
using mlir::Value;

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

bool isReadInPlace(Value value) {
  llvm::SetVector<mlir::Operation *> readers(value.user_begin(), value.user_end());
  for (size_t next = 0; next < readers.size(); ++next) {
    mlir::Operation *op = readers[next];
    if (op->hasTrait<mlir::OpTrait::IsTerminator>() || ir::family_of(*ir::opCodeOf(op)) == ir::Family::Reduction)
      continue;
    if (!op->hasTrait<ir::ElementwiseOp>()) return false;
    readers.insert(op->user_begin(), op->user_end());
  }
  return true;
}

void ElementEmitter::enterBody(int64_t lanesOfBody, Value maskOfBody) {
  lanes = lanesOfBody;
  mask = maskOfBody;
  emitted.clear();
  loadedBefore.clear();
  interned.clear();
  sums.clear();
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

/// The place of an element among as many of the last axes, which are unrolled.
static int64_t columnOf(size_t columns, Value tensor, const Index &index) {
  int64_t column = 0, stride = 1;
  for (size_t axis = index.size(); stride < static_cast<int64_t>(columns);
       stride *= ir::typeOf(tensor).getDimSize(axis))
    column += *constantOf(index[--axis].base) * stride;
  return column;
}

Value ElementEmitter::at(Value tensor, const Index &index) {
  if (auto it = fixed.find(tensor); it != fixed.end()) return it->second;
  if (auto it = columns.find(tensor); it != columns.end())
    return it->second[columnOf(it->second.size(), tensor, index)];
  auto key = std::make_pair(tensor, intern(index));
  if (auto it = emitted.find(key); it != emitted.end()) return it->second = loadedAgain(it->second);
  Value value = emit(tensor, index);
  emitted[key] = value;
  if (llvm::isa_and_nonnull<LLVM::LoadOp, LLVM::MaskedLoadOp>(value.getDefiningOp())) loadedBefore[value] = callsMade;
  return value;
}

/// A vector that was loaded before the last call, again. No vector register outlives a call: the alternative is to
/// store and load it around each one, and for LLVM to find that out took half the time of a kernel of twenty calls.
Value ElementEmitter::loadedAgain(Value value) {
  auto load = loadedBefore.find(value);
  if (load == loadedBefore.end() || load->second == callsMade || !llvm::isa<mlir::VectorType>(value.getType()))
    return value;
  Value again = b.clone(*value.getDefiningOp())->getResult(0);
  loadedBefore[again] = callsMade;
  return again;
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

/// A math function of one element by the routine for a vector, all lanes of which are that element.
Value callForOne(mlir::OpBuilder &b, mlir::Operation *op, llvm::ArrayRef<Value> elements, Policy policy) {
  llvm::SmallVector<Value> vectors;
  for (Value element : elements) {
    auto type = mlir::VectorType::get(kLanes, element.getType());
    vectors.push_back(mlir::vector::BroadcastOp::create(b, op->getLoc(), type, element));
  }
  Value result = emitScalarOp(b, op, vectors, policy, /*callsMath=*/true);
  return mlir::vector::ExtractOp::create(b, op->getLoc(), result, 0);
}

}  // namespace

Value ElementEmitter::elementwise(mlir::Operation *op, const Index &index) {
  llvm::SmallVector<Value> operands;
  const int64_t callsBefore = callsMade;
  for (Value operand : op->getOperands()) operands.push_back(at(operand, index));
  if (callsMade != callsBefore)
    for (auto [value, operand] : llvm::zip(operands, op->getOperands())) value = at(operand, index);
  const bool anyVector = llvm::any_of(mlir::TypeRange(operands), llvm::IsaPred<mlir::VectorType>);
  if (anyVector && llvm::isa<ir::DivOp>(op) && llvm::isa<mlir::VectorType>(operands[0].getType()))
    if (Value quotient = emitDivideByConstant(b, op->getLoc(), operands[0], operands[1], policy)) return quotient;
  if (anyVector && llvm::isa<ir::DivOp>(op) && dtypeOf(op->getResult(0)) == DType::f32 &&
      !llvm::isa<mlir::VectorType>(operands[1].getType()) && !isShortRow(op->getResult(0), index))
    return emitDivideByScalar(b, op->getLoc(), operands[0], operands[1], policy);
  if (anyVector)
    for (Value &operand : operands) operand = splat(op->getLoc(), operand);
  callsMade += callsMath && anyVector && mathFunctionOf(op);
  if (callsMath && lanes == 0 && mathFunctionOf(op)) return callForOne(b, op, operands, policy);
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

}  // namespace etch::codegen
