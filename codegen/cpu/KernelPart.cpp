#include "codegen/cpu/KernelPart.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Value;

/// Words of the kernel's own parameters.
static int64_t wordsOf(KernelFrame &kernel) {
  int64_t count = static_cast<int64_t>(kernel.operands.size() + kernel.results.size()) + (kernel.partials ? 1 : 0);
  for (mlir::Type type : kernel.source.getArgumentTypes())
    count += llvm::cast<mlir::ShapedType>(type).getNumDynamicDims();
  return count;
}

static Value wordAddress(KernelFrame &f, Value parameters, int64_t word) {
  return LLVM::GEPOp::create(f.b, f.at, parameters.getType(), f.b.getI64Type(), parameters,
                             llvm::ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(word)});
}

static mlir::func::FuncOp declare(KernelFrame &kernel, llvm::StringRef name) {
  mlir::OpBuilder outside(kernel.target);
  auto part = mlir::func::FuncOp::create(outside, kernel.at, (kernel.target.getName() + "." + name).str(),
                                         kernel.target.getFunctionType());
  part.setPrivate();
  return part;
}

KernelPart::KernelPart(KernelFrame &kernel, llvm::StringRef name)
    : frame(kernel.source, declare(kernel, name), kernel.policy) {}

Value KernelPart::word(int64_t number, mlir::Type type) {
  Value address = wordAddress(frame, frame.target.getArgument(0), wordsOf(frame) + number);
  return LLVM::LoadOp::create(frame.b, frame.at, type, address, 8);
}

void KernelPart::end() { mlir::func::ReturnOp::create(frame.b, frame.at); }

Value KernelPart::parametersOf(KernelFrame &f, int64_t words) {
  const int64_t own = wordsOf(f);
  Value parameters;
  {
    mlir::OpBuilder::InsertionGuard guard(f.b);
    f.b.setInsertionPointToStart(&f.target.getBody().front());
    Value count = mlir::arith::ConstantOp::create(f.b, f.at, f.b.getI64IntegerAttr(own + words));
    parameters =
        LLVM::AllocaOp::create(f.b, f.at, LLVM::LLVMPointerType::get(f.b.getContext()), f.b.getI64Type(), count, 8);
  }
  LLVM::MemcpyOp::create(f.b, f.at, parameters, f.target.getArgument(0), f.constant(8 * own), /*isVolatile=*/false);
  return parameters;
}

void KernelPart::setWord(KernelFrame &f, Value parameters, int64_t number, Value value) {
  LLVM::StoreOp::create(f.b, f.at, value, wordAddress(f, parameters, wordsOf(f) + number), 8);
}

void KernelPart::run(KernelFrame &f, Value parameters, Value trips, Value grain) {
  Value body = mlir::func::ConstantOp::create(f.b, f.at, frame.target.getFunctionType(), frame.target.getName());
  llvm::SmallVector<Value> arguments{body, parameters, trips, grain};
  if (f.target->hasAttr(kRanges)) arguments.push_back(f.constant(1));
  f.callParallelFor(arguments);
}

}  // namespace etch::codegen
