// Elements in memory: their types there, loads and stores.

#include "codegen/cpu/elements/Elements.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/VectorUnit.h"
#include "codegen/cpu/elements/BFloat16.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/elements/TransposedTile.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
namespace vector = mlir::vector;
using mlir::Location;
using mlir::Value;

/// Bytes ahead of a loop's position that memory is asked for (docs/decisions/0071). Half, twice: .92, 1.02.
static constexpr int64_t kBytesAhead = 4096;
/// Smaller tensors are likely to be in a cache (docs/decisions/0071). A quarter, eight times: no kernel changes, .99.
static constexpr int64_t kLargeBytes = 1 << 17;

DType dtypeOf(Value tensor) {
  return ir::toDType(llvm::cast<mlir::RankedTensorType>(tensor.getType()).getElementType());
}

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

Value loadLine(mlir::OpBuilder &b, Location at, mlir::VectorType type, Value address, Value mask) {
  const unsigned alignment = type.getElementTypeBitWidth() / 8;
  if (!mask) return LLVM::LoadOp::create(b, at, type, address, alignment);
  return LLVM::MaskedLoadOp::create(b, at, type, address, mask, splatConstant(b, at, type, int64_t{0}), alignment);
}

void storeLine(mlir::OpBuilder &b, Location at, Value line, Value address, Value mask) {
  const unsigned alignment = llvm::cast<mlir::VectorType>(line.getType()).getElementTypeBitWidth() / 8;
  if (mask)
    LLVM::MaskedStoreOp::create(b, at, line, address, mask, alignment);
  else
    LLVM::StoreOp::create(b, at, line, address, alignment);
}

Value ElementEmitter::shuffled(Location at, Value x, Value y, llvm::function_ref<int64_t(int64_t)> from) {
  auto order = llvm::to_vector(llvm::map_range(llvm::seq<int64_t>(lanes), from));
  return vector::ShuffleOp::create(b, at, x, y, order);
}

/// The elements before `last`, and it, as they lie, turned round: a gather takes twice as long, and many times for
/// narrow elements.
Value ElementEmitter::loadReversed(Location at, DType dtype, Value pointer, Value last) {
  auto type = mlir::VectorType::get({lanes}, memoryType(dtype, b.getContext()));
  auto reversed = [&](Value x) { return shuffled(at, x, x, [&](int64_t lane) { return lanes - 1 - lane; }); };
  Value first = arith::SubIOp::create(b, at, last, extents.constant(lanes - 1));
  Value address = elementPointer(b, at, dtype, pointer, first);
  return reversed(loadLine(b, at, type, address, mask ? reversed(mask) : Value()));
}

/// Elements 0, step, 2 step, ... from `first` on, of `step` vectors as they lie. The last one ends with the last
/// element, so that nothing behind it is read.
Value ElementEmitter::loadEvery(Location at, DType dtype, Value pointer, Value first, int64_t step) {
  auto type = mlir::VectorType::get({lanes}, memoryType(dtype, b.getContext()));
  const int64_t lastOffset = (lanes - 1) * (step - 1);
  auto line = [&](int64_t offset) {
    Value place = arith::AddIOp::create(b, at, first, extents.constant(offset));
    // Between two elements that exist lie some that exist.
    Value masked;
    if (mask) {
      Value before = shuffled(at, mask, mask, [&](int64_t lane) { return (offset + lane) / step; });
      Value behind = shuffled(at, mask, mask, [&](int64_t lane) { return (offset + lane + step - 1) / step; });
      masked = arith::AndIOp::create(b, at, before, behind);
    }
    return loadLine(b, at, type, elementPointer(b, at, dtype, pointer, place), masked);
  };
  llvm::SmallVector<Value> lines;
  for (int64_t offset = 0; offset < lastOffset; offset += lanes) lines.push_back(line(offset));
  lines.push_back(line(lastOffset));
  return pickedLanes(b, at, lines, [&](int64_t lane) {
    const int64_t place = lane * step;
    return place < lastOffset ? std::make_pair(place / lanes, place % lanes)
                              : std::make_pair(step - 1, place - lastOffset);
  });
}

/// Elements at most so many steps apart are taken out of whole vectors. ns for each f32 of every third, fourth, ...,
/// eighth one, on one core of Zen 4: .18 .24 .27 .33 .35 .40, gathered .42 to .50; f64, third and fourth: .41 .54 and
/// .54 .57; bytes, which are gathered one by one: .04 to .15 and .47. A Xeon gathers an f32 in about .28.
static int64_t mostStepsApart(DType dtype) { return size_of(dtype) == 8 ? 3 : size_of(dtype) == 4 ? 5 : 8; }

/// May a tensor be in memory only?
static bool isLarge(Value tensor) {
  auto type = llvm::cast<mlir::RankedTensorType>(tensor.getType());
  return !type.hasStaticShape() ||
         type.getNumElements() * static_cast<int64_t>(size_of(dtypeOf(tensor))) >= kLargeBytes;
}

/// An address a lane, from positions of 32 or 64 bits.
static Value addressesAt(mlir::OpBuilder &b, Location at, DType dtype, Value pointer, Value positions) {
  auto pointers = llvm::cast<mlir::VectorType>(positions.getType()).clone(pointer.getType());
  return LLVM::GEPOp::create(b, at, pointers, memoryType(dtype, b.getContext()), pointer,
                             llvm::ArrayRef<LLVM::GEPArg>{positions});
}

/// Lanes that are evenly spaced have constant distances of 32 bits from the first one: x86 gathers and scatters sixteen
/// of those at a time, but eight addresses of 64 bits.
static Value addressesOf(ElementEmitter &elements, mlir::OpBuilder &b, Location at, DType dtype, Value pointer,
                         const AxisIndex &position, int64_t lanes) {
  Value positions;
  if (!position.perLane && llvm::isInt<32>(position.step * lanes * static_cast<int64_t>(size_of(dtype)))) {
    llvm::SmallVector<int32_t> distances;
    for (int64_t lane = 0; lane < lanes; ++lane) distances.push_back(static_cast<int32_t>(lane * position.step));
    auto type = mlir::VectorType::get({lanes}, b.getI32Type());
    positions =
        arith::ConstantOp::create(b, at, mlir::DenseElementsAttr::get(type, llvm::ArrayRef<int32_t>(distances)));
    pointer = elementPointer(b, at, dtype, pointer, position.base);
  } else {
    positions = elements.materialize(at, position);
  }
  return addressesAt(b, at, dtype, pointer, positions);
}

/// Positions in a tensor of known extents, a lane each, in 32 bits where they fit: two take one register where one took
/// two, and one gather instruction loads sixteen f32.
static Value narrowed(mlir::OpBuilder &b, Location at, Value tensor, Value positions) {
  auto type = llvm::cast<mlir::RankedTensorType>(tensor.getType());
  auto lanes = llvm::cast<mlir::VectorType>(positions.getType());
  if (!type.hasStaticShape() || !llvm::isInt<32>(type.getNumElements()) || !lanes.getElementType().isInteger(64))
    return positions;
  auto narrow = lanes.clone(b.getI32Type());
  auto widened = positions.getDefiningOp<arith::ExtSIOp>();
  if (widened && widened.getIn().getType() == narrow) return widened.getIn();
  return arith::TruncIOp::create(b, at, narrow, positions);
}

/// Elements at positions of their own, loaded one by one. Positions of 32 bits leave their register two at a time.
static Value loadEach(mlir::OpBuilder &b, Location at, mlir::VectorType type, DType dtype, Value pointer,
                      Value positions) {
  const int64_t lanes = type.getNumElements();
  auto loaded = [&](Value position) -> Value {
    Value address = elementPointer(b, at, dtype, pointer, position);
    return LLVM::LoadOp::create(b, at, type.getElementType(), address, size_of(dtype));
  };
  Value line = LLVM::PoisonOp::create(b, at, type);
  if (llvm::cast<mlir::VectorType>(positions.getType()).getElementType().isInteger(64)) {
    for (int64_t lane = 0; lane < lanes; ++lane)
      line = vector::InsertOp::create(b, at, loaded(vector::ExtractOp::create(b, at, positions, lane)), line, lane);
    return line;
  }
  Value pairs = LLVM::BitcastOp::create(b, at, mlir::VectorType::get({lanes / 2}, b.getI64Type()), positions);
  Value half = arith::ConstantOp::create(b, at, b.getI64IntegerAttr(32));
  Value low = arith::ConstantOp::create(b, at, b.getI64IntegerAttr(0xffffffff));
  for (int64_t lane = 0; lane < lanes; lane += 2) {
    Value pair = vector::ExtractOp::create(b, at, pairs, lane / 2);
    line = vector::InsertOp::create(b, at, loaded(arith::AndIOp::create(b, at, pair, low)), line, lane);
    line = vector::InsertOp::create(b, at, loaded(arith::ShRUIOp::create(b, at, pair, half)), line, lane + 1);
  }
  return line;
}

/// Are elements at positions of their own loaded one by one rather than gathered? There is no instruction that gathers
/// fewer than 32 bits, and Zen 4 takes twice as long for one as for the loads (docs/decisions/0137-picked-elements.md).
static bool loadsEach(mlir::OpBuilder &b, DType dtype) {
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<mlir::ModuleOp>();
  return size_of(dtype) < 4 || vectorUnitOf(module).halves;
}

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
    if (!mask && readsAhead && isLarge(tensor)) prefetch(at, address, type, kBytesAhead);
    return fromMemory(b, at, dtype, loadLine(b, at, type, address, mask));
  }
  if (position.step == -1) return fromMemory(b, at, dtype, loadReversed(at, dtype, pointer, position.base));
  if (position.step > 1 && position.step <= mostStepsApart(dtype))
    return fromMemory(b, at, dtype, loadEvery(at, dtype, pointer, position.base, position.step));
  if (position.perLane) {
    position.perLane = narrowed(b, at, tensor, position.perLane);
    // Lanes that are masked may be anywhere.
    if (!mask && loadsEach(b, dtype))
      return fromMemory(b, at, dtype, loadEach(b, at, type, dtype, pointer, position.perLane));
  }
  Value addresses = addressesOf(*this, b, at, dtype, pointer, position, lanes);
  Value active = mask ? mask : splatConstant(b, at, mlir::VectorType::get({lanes}, b.getI1Type()), int64_t{1});
  Value zero = splatConstant(b, at, type, int64_t{0});
  return fromMemory(b, at, dtype,
                    LLVM::masked_gather::create(b, at, type, addresses, active, mlir::ValueRange{zero}, alignment));
}

/// Brings the cache lines that lie `bytesAhead` behind those of a vector into the first cache. Measured for
/// tanh(x) sigmoid(x) of 16M f32 (6.5 ms of arithmetic, 6.4 ms of memcpy): 9.4 ms without, 7.5 ms with 1 KiB, 7.1 ms
/// with 2 KiB, 6.9 ms with 4 KiB, 7.3 ms with 8 KiB; for 64k f32 no difference.
void ElementEmitter::prefetch(Location at, Value address, mlir::VectorType type, int64_t bytesAhead) {
  const int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  for (int64_t line = 0; line < bytes; line += kCacheLine) {
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
  if (position.step == 1) {
    Value address = elementPointer(b, at, dtype, pointer, position.base);
    if (!mask && streamed.contains(pointer.getAsOpaquePointer()))
      LLVM::StoreOp::create(b, at, value, address, kCacheLine, /*isVolatile=*/false, /*isNonTemporal=*/true);
    else
      storeLine(b, at, value, address, mask);
    return;
  }
  Value addresses = addressesOf(*this, b, at, dtype, pointer, position, lanes);
  Value active = mask ? mask : splatConstant(b, at, mlir::VectorType::get({lanes}, b.getI1Type()), int64_t{1});
  LLVM::masked_scatter::create(b, at, value, addresses, active, size_of(dtype));
}

}  // namespace etch::codegen
