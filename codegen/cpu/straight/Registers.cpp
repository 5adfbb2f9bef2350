#include "codegen/cpu/straight/Registers.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/ScalarOps.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
namespace vector = mlir::vector;
using mlir::Value;

namespace {

constexpr int64_t kAny = -1;  // what a lane holds does not matter

int64_t lanesOf(Value value) {
  auto type = llvm::dyn_cast<mlir::VectorType>(value.getType());
  return type ? type.getNumElements() : 0;
}

}  // namespace

int64_t Registers::lanesFor(int64_t elements) {
  return elements == 1 ? 0 : static_cast<int64_t>(llvm::PowerOf2Ceil(static_cast<uint64_t>(elements)));
}

Value Registers::shuffle(Value x, Value y, llvm::ArrayRef<int64_t> order) {
  return vector::ShuffleOp::create(f.b, f.at, x, y, order);
}

/// In one piece, as it was stored: a processor hands over what it has not yet written to memory.
Value Registers::load(DType dtype, Value pointer, Value position, int64_t elements) {
  if (elements == 1) return loadScalar(f.b, f.at, dtype, pointer, position);
  auto type = mlir::VectorType::get({elements}, memoryType(dtype, f.b.getContext()));
  Value line = loadLine(f.b, f.at, type, elementPointer(f.b, f.at, dtype, pointer, position));
  Value value = fromMemory(f.b, f.at, dtype, line);
  if (lanesFor(elements) == elements) return value;
  llvm::SmallVector<int64_t> order(lanesFor(elements), kAny);
  for (int64_t lane = 0; lane < elements; ++lane) order[lane] = lane;
  return shuffle(value, value, order);
}

void Registers::store(DType dtype, Value value, Value pointer, int64_t elements) {
  if (elements == 1) return storeScalar(f.b, f.at, dtype, value, pointer, f.constant(0));
  if (lanesOf(value) != elements) value = shuffle(value, value, llvm::to_vector(llvm::seq<int64_t>(elements)));
  storeLine(f.b, f.at, toMemory(f.b, f.at, dtype, value), pointer);
}

Value Registers::scalar(Lane element) {
  if (!lanesOf(element.value)) return element.value;
  return vector::ExtractOp::create(f.b, f.at, element.value, llvm::ArrayRef<int64_t>{element.lane});
}

Value Registers::gather(llvm::ArrayRef<Lane> elements) {
  if (elements.size() == 1) return scalar(elements[0]);
  const int64_t lanes = lanesFor(static_cast<int64_t>(elements.size()));
  auto type = mlir::VectorType::get({lanes}, mlir::getElementTypeOrSelf(elements[0].value.getType()));
  if (llvm::all_of(elements,
                   [&](Lane each) { return each.value == elements[0].value && each.lane == elements[0].lane; }))
    return vector::BroadcastOp::create(f.b, f.at, type, scalar(elements[0]));
  Value all;
  llvm::SmallSetVector<Value, 4> sources;
  for (Lane each : elements) sources.insert(each.value);
  for (Value source : sources) {
    if (!lanesOf(source)) continue;
    // All that come from this vector, in their lanes.
    llvm::SmallVector<int64_t> order(lanes, kAny);
    for (auto [lane, each] : llvm::enumerate(elements))
      if (each.value == source) order[lane] = each.lane;
    Value part = llvm::equal(order, llvm::seq<int64_t>(lanesOf(source))) ? source : shuffle(source, source, order);
    if (all) {
      for (auto [lane, from] : llvm::enumerate(order))
        from = from == kAny ? static_cast<int64_t>(lane) : lanes + static_cast<int64_t>(lane);
      part = shuffle(all, part, order);
    }
    all = part;
  }
  if (!all) all = LLVM::PoisonOp::create(f.b, f.at, type);
  for (auto [lane, each] : llvm::enumerate(elements))
    if (!lanesOf(each.value))
      all = vector::InsertOp::create(f.b, f.at, each.value, all, llvm::ArrayRef<int64_t>{static_cast<int64_t>(lane)});
  return all;
}

Value Registers::widen(Value value, int64_t elements, int64_t lanes) {
  auto type = mlir::VectorType::get({lanes}, mlir::getElementTypeOrSelf(value.getType()));
  if (!lanesOf(value)) return vector::BroadcastOp::create(f.b, f.at, type, value);
  if (elements == lanes) return value;
  llvm::SmallVector<int64_t> order(lanes, 0);
  for (int64_t lane = 0; lane < elements; ++lane) order[lane] = lane;
  return shuffle(value, value, order);
}

}  // namespace etch::codegen
