// The routine that multiplies is shared by all kernels of a process (GemmRoutine.h), so what runs behind a product is
// not part of it: it is a function of the kernel that the routine calls for each block of the result, as soon as that
// is complete and while it is in the cache. Any elementwise ops will do, transcendental ones too, and the code is
// compiled once, not once a tile.

#include "codegen/cpu/gemm/DotEpilogue.h"

#include "codegen/cpu/gemm/GemmTiles.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Value;

std::optional<unsigned> memoryOfProduct(KernelFrame &kernel, ir::DotGeneralOp dot) {
  std::optional<unsigned> ofItsType;
  for (auto [i, output] : llvm::enumerate(kernel.outputs())) {
    if (output == dot.getResult()) return i;
    if (!ofItsType && output.getType() == dot.getType()) ofItsType = i;
  }
  return ofItsType;
}

namespace {

class DotEpilogue {
 public:
  DotEpilogue(KernelFrame &f, ir::DotGeneralOp dot) : f(f), dot(dot) {
    auto argument = [&](unsigned i) { return f.target.getArgument(i); };
    rowBegin = argument(1), rowEnd = argument(2), columnBegin = argument(3), columnEnd = argument(4);
    product = argument(5), productRow = argument(6);
    for (auto [i, output] : llvm::enumerate(f.outputs()))
      if (output != dot.getResult()) stored.push_back(i);
  }

  void emit() {
    auto isFree = [](auto contract, auto batch, int64_t rank) {
      return static_cast<int64_t>(contract.size() + batch.size()) < rank;
    };
    const bool hasRows = isFree(dot.getLhsContract(), dot.getLhsBatch(), dot.getLhs().getType().getRank());
    const bool hasColumns = isFree(dot.getRhsContract(), dot.getRhsBatch(), dot.getRhs().getType().getRank());
    Extents size = f.extents.of(dot.getResult());
    if (!dot.getLhsBatch().empty()) {
      Value rows = hasRows ? size[1] : f.constant(1);
      Value batch = constantOf(rows) == 1 ? rowBegin : f.extents.div(rowBegin, rows), first = f.mul(batch, rows);
      rowBegin = f.sub(rowBegin, first), rowEnd = f.sub(rowEnd, first);
      index.push_back({batch, 0, {}});
    }
    const size_t row = index.size(), column = row + hasRows;
    index.resize(column + hasColumns, AxisIndex{f.constant(0), 0, {}});
    const bool isColumn = !hasColumns || constantOf(size[column]) == 1;
    if (!hasRows && !hasColumns) return emitElements(product, 0, {});
    // Vectors run along rows, but down a single column: rows of one element lie side by side.
    if (isColumn && hasRows) return overVectors(row, rowBegin, rowEnd, true, [&](auto body) { body(product); });
    // Parts begin at whole panels, and end there or with the result.
    const VectorUnit unit = f.vectorUnit();
    const int64_t panel = gemmTilesFor(dtype, unit, f.policy).width();
    const bool hasRest = panel % kLanes != 0 || constantOf(size[column]).value_or(1) % kLanes != 0;
    overVectors(column, columnBegin, columnEnd, hasRest, [&](auto body) {
      if (!hasRows) return body(product);
      f.loop(rowBegin, rowEnd, 1, [&](Value i) {
        index[row] = {i, 0, {}};
        body(elementPointer(f.b, f.at, dtype, product, f.mul(f.sub(i, rowBegin), productRow)));
      });
    });
  }

 private:
  KernelFrame &f;
  ir::DotGeneralOp dot;
  DType dtype = ir::toDType(dot.getType().getElementType());
  Value rowBegin, rowEnd, columnBegin, columnEnd, product, productRow;
  llvm::SmallVector<unsigned> stored;
  Index index;

  using Line = llvm::function_ref<void(Value line)>;

  /// Whole vectors along `axis` for all lines of the part, then what is left of all lines: one mask for them.
  void overVectors(size_t axis, Value lower, Value upper, bool hasRest, llvm::function_ref<void(Line)> overLines) {
    Value middle = upper, mask;
    if (hasRest) {
      Value whole = mlir::arith::AndIOp::create(f.b, f.at, f.sub(upper, lower), f.constant(-kLanes));
      middle = f.add(lower, whole), mask = f.laneMask(f.sub(upper, middle));
    }
    auto vector = [&](Value line, Value start, Value mask) {
      index[axis] = {start, 1, {}};
      emitElements(elementPointer(f.b, f.at, dtype, line, f.sub(start, lower)), kLanes, mask);
    };
    overLines([&](Value line) { f.loop(lower, middle, kLanes, [&](Value start) { vector(line, start, {}); }); });
    if (!hasRest) return;
    auto rest = mlir::scf::IfOp::create(f.b, f.at, f.less(middle, upper), /*withElseRegion=*/false);
    mlir::OpBuilder::InsertionGuard guard(f.b);
    f.b.setInsertionPointToStart(rest.thenBlock());
    f.extents.forget();
    overLines([&](Value line) { vector(line, middle, mask); });
    f.extents.forget();
  }

  /// All values first, then all stores: a result may lie over the product, or over an operand that is read at the same
  /// index.
  void emitElements(Value place, int64_t lanes, Value mask) {
    f.elements.enterBody(lanes, mask);
    f.elements.setValue(dot.getResult(), load(place, lanes, mask));
    llvm::SmallVector<Value> values;
    for (unsigned i : stored) values.push_back(f.elements.at(f.outputs()[i], index));
    for (auto [i, value] : llvm::zip(stored, values))
      f.elements.store(f.at, value, f.results[i], f.outputs()[i], index);
  }

  Value load(Value place, int64_t lanes, Value mask) {
    if (lanes == 0) return loadScalar(f.b, f.at, dtype, place, f.constant(0));
    return loadVector(f, dtype, place, mask);
  }
};

}  // namespace

mlir::func::FuncOp emitDotEpilogue(KernelFrame &kernel, ir::DotGeneralOp dot) {
  if (kernel.results.size() == 1 && kernel.outputs()[0] == dot.getResult()) return nullptr;
  mlir::OpBuilder b(kernel.target);
  mlir::Type word = b.getI64Type();
  mlir::Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto type = b.getFunctionType({pointer, word, word, word, word, pointer, word}, {});
  auto function = mlir::func::FuncOp::create(b, kernel.at, (kernel.target.getName() + ".epilogue").str(), type);
  function.setPrivate();
  KernelFrame frame(kernel.source, function, kernel.policy);
  DotEpilogue(frame, dot).emit();
  mlir::func::ReturnOp::create(frame.b, kernel.at);
  return function;
}

}  // namespace etch::codegen
