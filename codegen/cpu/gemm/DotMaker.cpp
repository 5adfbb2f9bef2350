#include "codegen/cpu/gemm/DotMaker.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Value;

mlir::func::FuncOp emitDotMaker(KernelFrame &kernel, Value matrix, llvm::StringRef name) {
  mlir::OpBuilder b(kernel.target);
  mlir::Type word = b.getI64Type();
  mlir::Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto type = b.getFunctionType({pointer, word, word, word, word, pointer, word}, {});
  auto function = mlir::func::FuncOp::create(b, kernel.at, (kernel.target.getName() + "." + name).str(), type);
  function.setPrivate();
  KernelFrame f(kernel.source, function, kernel.policy);
  auto argument = [&](unsigned i) -> Value { return function.getArgument(i); };
  Value rowBegin = argument(1), rowEnd = argument(2), columnBegin = argument(3), columnEnd = argument(4);
  const DType dtype = ir::toDType(llvm::cast<mlir::RankedTensorType>(matrix.getType()).getElementType());
  f.loop(rowBegin, rowEnd, 1, [&](Value row) {
    Value line = elementPointer(f.b, f.at, dtype, argument(5), f.mul(f.sub(row, rowBegin), argument(6)));
    f.laneLoop(columnBegin, columnEnd, {}, [&](Value start, Value mask, mlir::ValueRange) {
      f.elements.enterBody(kLanes, mask);
      Value values = f.elements.vectorAt(matrix, {AxisIndex{row, 0, {}}, AxisIndex{start, 1, {}}});
      storeVector(f, dtype, values, elementPointer(f.b, f.at, dtype, line, f.sub(start, columnBegin)), mask);
      return llvm::SmallVector<Value>();
    });
  });
  mlir::func::ReturnOp::create(f.b, kernel.at);
  return function;
}

}  // namespace etch::codegen
