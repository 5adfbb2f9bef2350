#include "codegen/cpu/elements/StreamedStores.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/VectorUnit.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// The last cache that cores of Zen 2 to 5 share. Half of it read and half written, a kernel takes .79 of the time when
/// it stores past it, and 1.34 with a quarter of each, which the cache holds.
constexpr int64_t kCacheBytes = 32 << 20;

/// 0 where that is not known.
int64_t bytesOf(Value tensor) {
  auto type = llvm::cast<mlir::RankedTensorType>(tensor.getType());
  return type.hasStaticShape() ? type.getNumElements() * static_cast<int64_t>(size_of(dtypeOf(tensor))) : 0;
}

}  // namespace

llvm::SmallVector<unsigned> streamableOutputs(mlir::func::FuncOp kernel) {
  if (!vectorUnitOf(kernel->getParentOfType<mlir::ModuleOp>()).streams) return {};
  mlir::Block &body = kernel.getBody().front();
  mlir::OperandRange outputs = body.getTerminator()->getOperands();
  int64_t bytes = 0;
  for (Value argument : body.getArguments()) bytes += bytesOf(argument);
  for (Value output : outputs) bytes += bytesOf(output);
  llvm::SmallVector<unsigned> streamable;
  for (auto [i, output] : llvm::enumerate(outputs)) {
    const bool fillsLines = kLanes * static_cast<int64_t>(size_of(dtypeOf(output))) % kCacheLine == 0;
    if (fillsLines && bytesOf(output) >= kCacheBytes / 2 && bytes >= kCacheBytes) streamable.push_back(i);
  }
  return streamable;
}

StreamedStores::StreamedStores(KernelFrame &f, llvm::ArrayRef<unsigned> outputs, Value first) : f(f) {
  auto addressOf = [&](Value pointer) { return LLVM::PtrToIntOp::create(f.b, f.at, f.b.getI64Type(), pointer); };
  auto require = [&](arith::CmpIPredicate predicate, Value x, Value y) {
    Value holds = arith::CmpIOp::create(f.b, f.at, predicate, x, y);
    condition = condition ? arith::AndIOp::create(f.b, f.at, condition, holds).getResult() : holds;
  };
  for (unsigned output : outputs) {
    Value result = f.results[output];
    pointers.push_back(result);
    Value start = addressOf(elementPointer(f.b, f.at, dtypeOf(f.outputs()[output]), result, first));
    require(arith::CmpIPredicate::eq, arith::AndIOp::create(f.b, f.at, start, f.constant(kCacheLine - 1)),
            f.constant(0));
    for (auto [argument, operand] : llvm::zip(f.body().getArguments(), f.operands))
      if (bytesOf(argument) == bytesOf(f.outputs()[output]))
        require(arith::CmpIPredicate::ne, addressOf(result), addressOf(operand));
  }
}

void StreamedStores::emit(llvm::function_ref<void()> body) {
  if (pointers.empty()) return body();
  auto past = [&] {
    for (Value pointer : pointers) f.elements.streamed.insert(pointer.getAsOpaquePointer());
    body();
    f.elements.streamed.clear();
  };
  f.branch(condition, past, body);
}

void StreamedStores::finish() {
  if (!pointers.empty()) LLVM::FenceOp::create(f.b, f.at, LLVM::AtomicOrdering::seq_cst, "");
}

}  // namespace etch::codegen
