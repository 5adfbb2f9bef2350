#include "codegen/cpu/window/ConvTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/VectorUnit.h"
#include "codegen/cpu/elements/MultiplyAdd.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/window/ConvTileSums.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

constexpr int64_t kSmallestRegister = 16;  // bytes

}  // namespace

ConvRegisters ConvRegisters::of(KernelFrame &f) {
  const VectorUnit unit = f.vectorUnit();
  const bool fused = fusesMultiplyAdd(unit, f.policy);
  if (unit.registers >= 32) return {unit.bits / 8, {0, 14, 14, 9}, {0, 12, 7, 5}, 24, fused};
  return {unit.bits / 8, {0, 12, 6, 4}, {0, 6, 3, 2}, 10, fused};
}

OutputBlocks::OutputBlocks(int64_t outputs, int64_t lanes, int64_t mostVectors) {
  const int64_t needed = (outputs + lanes - 1) / lanes;
  vectors = std::min(needed == 3 ? 3 : std::min<int64_t>(needed, 2), mostVectors);
  whole = outputs / (vectors * lanes);
  rest = outputs - whole * vectors * lanes;
}

ConvTile::ConvTile(KernelFrame &f, DType elements) : f(f), elements(elements), unit(ConvRegisters::of(f)) {
  type = mlir::VectorType::get({lanes()}, registerType(elements, f.b.getContext()));
}

ConvTile::ConvTile(KernelFrame &f, DType elements, const ConvGeometry &g) : ConvTile(f, elements) {
  const int64_t outputs = g.outputs / g.groups;
  const bool standAlone = g.groups == 1 || !TileSums::spansGroups(g, lanes());
  if (unit.bytes <= kSmallestRegister || (standAlone ? 2 * outputs > lanes() : 2 * outputs != lanes())) return;
  unit.bytes /= 2;
  type = mlir::VectorType::get({lanes()}, registerType(elements, f.b.getContext()));
}

void ConvTile::begin(int64_t vectors, int64_t count) {
  outputs = count;
  masks.assign(vectors, Value());
  for (int64_t v = 0; v < vectors; ++v)
    if (count < (v + 1) * lanes()) masks[v] = f.laneMask(f.constant(count - v * lanes()), lanes());
}

Values ConvTile::zeros(int64_t sums) { return Values(sums * vectors(), splatConstant(f.b, f.at, type, int64_t{0})); }

Value ConvTile::at(Value base, Value offset) { return elementPointer(f.b, f.at, elements, base, offset); }
Value ConvTile::at(Value base, int64_t offset) { return offset == 0 ? base : at(base, f.constant(offset)); }

Value ConvTile::opaque(Value pointer) { return LLVM::LaunderInvariantGroupOp::create(f.b, f.at, pointer); }

Values ConvTile::load(Value base, mlir::ValueRange masks) {
  Values values;
  for (auto [v, mask] : llvm::enumerate(masks))
    values.push_back(loadLine(f.b, f.at, type, at(base, static_cast<int64_t>(v) * lanes()), mask));
  return values;
}

Value ConvTile::loadSome(Value base, Lanes some) {
  return loadLine(f.b, f.at, type, base, some.count() < lanes() ? some.mask(f, lanes()) : Value());
}

void ConvTile::store(Value base, mlir::ValueRange values) {
  for (auto [v, mask, value] : llvm::enumerate(masks, values))
    storeLine(f.b, f.at, value, at(base, static_cast<int64_t>(v) * lanes()), mask);
}

Value ConvTile::broadcast(Value base) {
  Value scalar = LLVM::LoadOp::create(f.b, f.at, mlir::getElementTypeOrSelf(type), base, size_of(elements));
  return mlir::vector::BroadcastOp::create(f.b, f.at, type, scalar);
}

Value ConvTile::plus(Value x, Value y) {
  if (!is_floating(elements)) return arith::AddIOp::create(f.b, f.at, x, y);
  return arith::AddFOp::create(f.b, f.at, x, y);
}

Value ConvTile::multiplyAdd(Value x, Value y, Value sum) { return emitMultiplyAdd(f.b, f.at, x, y, sum, unit.fused); }

}  // namespace etch::codegen
