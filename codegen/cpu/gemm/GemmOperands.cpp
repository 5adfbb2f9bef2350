#include "codegen/cpu/gemm/GemmOperands.h"

namespace etch::codegen {

using mlir::Value;
namespace LLVM = mlir::LLVM;

void callGemmPart(GemmEmitter &e, Value function, Value context, Part rows, Part columns, Value memory, Value apart) {
  Values arguments = {
      function, context, rows.begin, e.add(rows.begin, rows.count), columns.begin, e.add(columns.begin, columns.count),
      memory,   apart};
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(e.b.getContext()),
                                          llvm::to_vector(mlir::ValueRange(arguments).drop_front().getTypes()));
  LLVM::CallOp::create(e.b, e.at, type, arguments);
}

void emitGemmEpilogue(GemmEmitter &e, const GemmOperands &given, Value row, Value rows, Value column, Value columns) {
  e.branch(e.isGiven(given.epilogue), [&] {
    Value sums = e.offset(given.out, e.add(e.mul(row, given.outRow), column), e.tiles.dtype), apart = given.outRow;
    Value firstRow = e.add(given.firstRow, row), firstColumn = e.add(given.firstColumn, column);
    if (given.turned) {
      auto swap = [&](Value &x, Value &y) {
        Value first = e.select(given.turned, y, x);
        y = e.select(given.turned, x, y);
        x = first;
      };
      swap(firstRow, firstColumn), swap(rows, columns);
      apart = e.select(given.turned, e.constant(1), apart);
    }
    callGemmPart(e, given.epilogue, given.context, {firstRow, rows}, {firstColumn, columns}, sums, apart);
  });
}

}  // namespace etch::codegen
