// Contractions. The tensor stage leaves at most one batch, one free axis a side and one contracted axis.
//
// One generated GEMM a module for each (dtype, vectors a row), shared by all shapes: it takes strides. A column panel
// of kLanes or 2 * kLanes results is computed for tiles of 8, 4, 2 and 1 rows that stay in registers; the panel of the
// right operand is read in place when its rows are contiguous and the panel is whole, else packed, kDepth rows at a
// time. Every element is the sum over k in order, so the result depends on neither tiles nor threads.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
namespace vector = mlir::vector;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// Rows of the packed panel: 256 * 32 f32 are 32 KiB, which leaves half of the L1 cache and more of L2 to the rest.
constexpr int64_t kDepth = 256;
/// Elements of the right operand above which its panels are packed even when they could be read in place: 1 MiB of f32,
/// the L2 cache (1024^3 ran 1.3 to 2.3 times faster packed on a busy Xeon).
constexpr int64_t kPackElements = 1 << 18;
/// Rows of f16 results whose sums are kept in f32 at a time: 8 KiB of stack.
constexpr int64_t kScratchRows = 64;
/// Accumulators fill half of 32 vector registers; loads and broadcasts use the rest.
constexpr int64_t kRows = 8;

/// The shared routine of one module.
///   gemm(a, b, c, m, n, k, aRow, aDepth, bDepth, bColumn, cRow, firstPanel, lastPanel)
class GemmBuilder {
 public:
  GemmBuilder(mlir::ModuleOp module, DType dtype, int64_t vectors, Policy policy, mlir::Location at)
      : module(module), b(module.getContext()), dtype(dtype), vectors(vectors), policy(policy), at(at) {
    accumulator = registerType(dtype == DType::f16 ? DType::f32 : dtype, b.getContext());
  }

  mlir::func::FuncOp get() {
    std::string name = kSharedPrefix.str() + "gemm_" + std::string(name_of(dtype)) + "_x" + std::to_string(vectors) +
                       (policy == Policy::strict ? "_strict" : "");
    if (auto existing = module.lookupSymbol<mlir::func::FuncOp>(name)) return existing;
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    llvm::SmallVector<mlir::Type> types(3, pointer);
    types.append(10, b.getI64Type());
    b.setInsertionPointToEnd(module.getBody());
    function = mlir::func::FuncOp::create(b, at, name, b.getFunctionType(types, {}));
    function.setPrivate();
    b.setInsertionPointToStart(function.addEntryBlock());
    emit();
    mlir::func::ReturnOp::create(b, at);
    return function;
  }

 private:
  mlir::ModuleOp module;
  mlir::OpBuilder b;
  DType dtype;
  int64_t vectors;
  Policy policy;
  mlir::Location at;
  mlir::Type accumulator;
  mlir::func::FuncOp function;

  // Parameters and what is computed once a panel.
  Value bBase, aRow, aDepth, bDepth, bColumn, cRow, m, n, k, pack, scratch;
  Values columnMasks;

  Value constant(int64_t value) { return arith::ConstantOp::create(b, at, b.getI64IntegerAttr(value)); }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, at, x, y); }
  Value sub(Value x, Value y) { return arith::SubIOp::create(b, at, x, y); }
  Value mul(Value x, Value y) { return arith::MulIOp::create(b, at, x, y); }
  Value minimum(Value x, Value y) { return arith::MinSIOp::create(b, at, x, y); }
  mlir::Type accumulatorVector() { return mlir::VectorType::get({kLanes}, accumulator); }
  int64_t width() const { return vectors * kLanes; }

  void loop(Value lower, Value upper, int64_t step, llvm::function_ref<void(Value)> body) {
    auto forOp = mlir::scf::ForOp::create(b, at, lower, upper, constant(step));
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    body(forOp.getInductionVar());
  }

  void emit() {
    mlir::Block &entry = function.getBody().front();
    Value aBase = entry.getArgument(0), cBase = entry.getArgument(2);
    bBase = entry.getArgument(1);
    m = entry.getArgument(3), n = entry.getArgument(4), k = entry.getArgument(5);
    aRow = entry.getArgument(6), aDepth = entry.getArgument(7), bDepth = entry.getArgument(8),
    bColumn = entry.getArgument(9);
    cRow = entry.getArgument(10);
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    // Converted to the accumulator's type while packing, so the inner loop multiplies what it loads.
    pack = LLVM::AllocaOp::create(b, at, pointer, accumulator, constant(kDepth * width()), 64);
    if (dtype == DType::f16)
      scratch = LLVM::AllocaOp::create(b, at, pointer, accumulator, constant(kScratchRows * width()), 64);
    loop(entry.getArgument(11), entry.getArgument(12), 1, [&](Value panel) {
      Value column = mul(panel, constant(width()));
      Value left = sub(n, column);
      columnMasks.clear();
      for (int64_t v = 0; v < vectors; ++v) columnMasks.push_back(mask(sub(left, constant(v * kLanes))));
      Value whole = arith::CmpIOp::create(b, at, arith::CmpIPredicate::sge, left, constant(width()));
      Value contiguous = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, bColumn, constant(1));
      Value inPlace = arith::AndIOp::create(b, at, whole, contiguous);
      // Rows of a large matrix lie in different pages: packing pays once a few tiles share the panel.
      Value small = arith::CmpIOp::create(b, at, arith::CmpIPredicate::sle, mul(k, n), constant(kPackElements));
      Value few = arith::CmpIOp::create(b, at, arith::CmpIPredicate::sle, m, constant(2 * kRows));
      inPlace = arith::AndIOp::create(b, at, inPlace, arith::OrIOp::create(b, at, small, few));
      // f16 is widened while it is packed, so it always is.
      if (dtype == DType::f16)
        emitThroughScratch(aBase, offset(cBase, column, dtype), column,
                           arith::ConstantOp::create(b, at, b.getBoolAttr(false)));
      else
        emitPanel(aBase, offset(cBase, column, dtype), column, inPlace);
    });
  }

  /// All rows times one panel of columns, kDepth rows of the panel at a time.
  void emitPanel(Value a, Value c, Value column, Value inPlace) {
    // At least one round, so that an empty sum is stored as 0.
    Value rounds = arith::MaxSIOp::create(b, at, k, constant(1));
    loop(constant(0), rounds, kDepth, [&](Value depth) {
      Value count = minimum(sub(k, depth), constant(kDepth));
      Value source = offset(bBase, add(mul(depth, bDepth), mul(column, bColumn)), dtype);
      auto chosen =
          mlir::scf::IfOp::create(b, at, mlir::TypeRange{pack.getType(), b.getI64Type()}, inPlace, /*withElse=*/true);
      {
        mlir::OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(chosen.thenBlock());
        mlir::scf::YieldOp::create(b, at, mlir::ValueRange{source, bDepth});
        b.setInsertionPointToStart(chosen.elseBlock());
        emitPack(source, count);
        mlir::scf::YieldOp::create(b, at, mlir::ValueRange{pack, constant(width())});
      }
      Value isFirst = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, depth, constant(0));
      emitRows(offset(a, mul(depth, aDepth), dtype), c, chosen.getResult(0), chosen.getResult(1), count, isFirst);
    });
  }

  /// f16: running sums stay in f32 between rounds, kScratchRows rows at a time, and are rounded once at the end.
  void emitThroughScratch(Value a, Value c, Value column, Value inPlace) {
    Value allRows = m, resultRow = cRow;
    loop(constant(0), allRows, kScratchRows, [&](Value first) {
      m = minimum(sub(allRows, first), constant(kScratchRows));
      cRow = constant(width());
      emitPanel(offset(a, mul(first, aRow), dtype), scratch, column, inPlace);
      loop(constant(0), m, 1, [&](Value row) {
        for (int64_t v = 0; v < vectors; ++v) {
          Value from = offsetAccumulator(scratch, add(mul(row, constant(width())), constant(v * kLanes)));
          Value sums = LLVM::LoadOp::create(b, at, accumulatorVector(), from, 4);
          Value to = offset(c, add(mul(add(first, row), resultRow), constant(v * kLanes)), dtype);
          LLVM::MaskedStoreOp::create(b, at, emitCast(b, at, sums, DType::f32, DType::f16), to, columnMasks[v],
                                      size_of(dtype));
        }
      });
    });
    m = allRows, cRow = resultRow;
  }

  Value offset(Value base, Value elements, DType elementType) {
    return elementPointer(b, at, elementType, base, elements);
  }
  Value offsetAccumulator(Value base, Value elements) {
    return LLVM::GEPOp::create(b, at, base.getType(), accumulator, base, llvm::ArrayRef<LLVM::GEPArg>{elements});
  }

  Value mask(Value count) {
    llvm::SmallVector<int32_t> positions = llvm::to_vector(llvm::seq<int32_t>(kLanes));
    auto type = mlir::VectorType::get({kLanes}, b.getI32Type());
    Value lane =
        arith::ConstantOp::create(b, at, mlir::DenseElementsAttr::get(type, llvm::ArrayRef<int32_t>(positions)));
    Value limit = arith::TruncIOp::create(b, at, b.getI32Type(),
                                          minimum(arith::MaxSIOp::create(b, at, count, constant(0)), constant(kLanes)));
    return arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, lane,
                                 vector::BroadcastOp::create(b, at, type, limit));
  }

  /// Copies `count` rows of the panel, with columns beyond the matrix as 0.
  void emitPack(Value source, Value count) {
    auto elements = mlir::VectorType::get({kLanes}, memoryType(dtype, b.getContext()));
    Value zero = splatConstant(b, at, elements, int64_t{0});
    llvm::SmallVector<int64_t> positions = llvm::to_vector(llvm::seq<int64_t>(kLanes));
    Value lane = arith::ConstantOp::create(b, at, b.getI64VectorAttr(positions));
    Value step = vector::BroadcastOp::create(b, at, lane.getType(), bColumn);
    Value lanePositions = arith::MulIOp::create(b, at, lane, step);
    Value contiguous = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, bColumn, constant(1));
    loop(constant(0), count, 1, [&](Value row) {
      for (int64_t v = 0; v < vectors; ++v) {
        Value address = offset(source, add(mul(row, bDepth), mul(constant(v * kLanes), bColumn)), dtype);
        auto loaded = mlir::scf::IfOp::create(b, at, mlir::TypeRange{elements}, contiguous, true);
        {
          mlir::OpBuilder::InsertionGuard guard(b);
          b.setInsertionPointToStart(loaded.thenBlock());
          Value line = LLVM::MaskedLoadOp::create(b, at, elements, address, columnMasks[v], zero, size_of(dtype));
          mlir::scf::YieldOp::create(b, at, line);
          b.setInsertionPointToStart(loaded.elseBlock());
          auto pointers = mlir::VectorType::get({kLanes}, address.getType());
          Value addresses = LLVM::GEPOp::create(b, at, pointers, memoryType(dtype, b.getContext()), address,
                                                llvm::ArrayRef<LLVM::GEPArg>{lanePositions});
          Value gathered = LLVM::masked_gather::create(b, at, elements, addresses, columnMasks[v],
                                                       mlir::ValueRange{zero}, size_of(dtype));
          mlir::scf::YieldOp::create(b, at, gathered);
        }
        Value line = widen(loaded.getResult(0));
        LLVM::StoreOp::create(b, at, line,
                              offsetAccumulator(pack, add(mul(row, constant(width())), constant(v * kLanes))), 64);
      }
    });
  }

  Value widen(Value value) { return dtype == DType::f16 ? emitCast(b, at, value, DType::f16, DType::f32) : value; }

  /// Tiles of 8 rows, then the rest by halving.
  void emitRows(Value a, Value c, Value panel, Value panelRow, Value count, Value isFirst) {
    Value done = arith::AndIOp::create(b, at, m, constant(-kRows));
    loop(constant(0), done, kRows, [&](Value row) { emitTile(a, c, panel, panelRow, count, isFirst, row, kRows); });
    Value row = done;
    for (int64_t rows = kRows / 2; rows >= 1; rows /= 2) {
      Value bit = arith::AndIOp::create(b, at, m, constant(rows));
      // A loop of one iteration or none.
      Value upper = add(row, bit);
      loop(row, upper, rows, [&](Value r) { emitTile(a, c, panel, panelRow, count, isFirst, r, rows); });
      row = upper;
    }
  }

  Value loadA(Value address) {
    Value value = LLVM::LoadOp::create(b, at, memoryType(dtype, b.getContext()), address, size_of(dtype));
    return widen(value);
  }

  void emitTile(Value a, Value c, Value panel, Value panelRow, Value count, Value isFirst, Value row, int64_t rows) {
    // Later rounds go on from what the earlier ones stored; the first reads nothing and starts from 0.
    Value keepsOld = arith::XOrIOp::create(b, at, isFirst, arith::ConstantOp::create(b, at, b.getBoolAttr(true)));
    Value keepsOldLanes = vector::BroadcastOp::create(b, at, columnMasks[0].getType(), keepsOld);
    Value zero = splatConstant(b, at, accumulatorVector(), int64_t{0});
    Values addresses, sums, aRows;
    for (int64_t r = 0; r < rows; ++r) {
      Value line = add(row, constant(r));
      aRows.push_back(offset(a, mul(line, aRow), dtype));
      for (int64_t v = 0; v < vectors; ++v) {
        addresses.push_back(offsetAccumulator(c, add(mul(line, cRow), constant(v * kLanes))));
        Value active = arith::AndIOp::create(b, at, columnMasks[v], keepsOldLanes);
        sums.push_back(
            LLVM::MaskedLoadOp::create(b, at, accumulatorVector(), addresses.back(), active, zero, size_of(dtype)));
      }
    }
    auto depthLoop = mlir::scf::ForOp::create(b, at, constant(0), count, constant(1), sums);
    {
      mlir::OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(depthLoop.getBody());
      Value depth = depthLoop.getInductionVar();
      Values lines;
      Value line = mul(depth, panelRow);
      for (int64_t v = 0; v < vectors; ++v)
        lines.push_back(LLVM::LoadOp::create(
            b, at, accumulatorVector(), offsetAccumulator(panel, add(line, constant(v * kLanes))), size_of(dtype)));
      Values next;
      Value aOffset = mul(depth, aDepth);
      for (int64_t r = 0; r < rows; ++r) {
        Value left = vector::BroadcastOp::create(b, at, accumulatorVector(), loadA(offset(aRows[r], aOffset, dtype)));
        for (int64_t v = 0; v < vectors; ++v)
          next.push_back(multiplyAdd(left, lines[v], depthLoop.getRegionIterArg(r * vectors + v)));
      }
      mlir::scf::YieldOp::create(b, at, next);
    }
    for (auto [i, sum] : llvm::enumerate(depthLoop.getResults())) {
      LLVM::MaskedStoreOp::create(b, at, sum, addresses[i], columnMasks[i % vectors], size_of(dtype));
    }
  }

  Value multiplyAdd(Value x, Value y, Value sum) {
    if (!is_floating(dtype)) return arith::AddIOp::create(b, at, sum, arith::MulIOp::create(b, at, x, y));
    if (policy == Policy::strict) return arith::AddFOp::create(b, at, sum, arith::MulFOp::create(b, at, x, y));
    return mlir::math::FmaOp::create(b, at, x, y, sum);
  }
};

}  // namespace

void emitDotKernel(KernelFrame &f) {
  auto dot = llvm::cast<ir::DotGeneralOp>(&f.body().front());
  DType dtype = ir::toDType(llvm::cast<mlir::RankedTensorType>(dot.getType()).getElementType());
  Extents lhs = f.extents.of(dot.getLhs()), rhs = f.extents.of(dot.getRhs());

  // Extent and stride of the one batch, free and contracted axis of a side; 1 and 0 where there is none.
  struct Side {
    Value batch, batchStride, free, freeStride, depth, depthStride;
  };
  auto sideOf = [&](const Extents &size, llvm::ArrayRef<int64_t> batchAxes, llvm::ArrayRef<int64_t> contractAxes) {
    Value one = f.constant(1), zero = f.constant(0);
    Side side{one, zero, one, zero, one, zero};
    for (int64_t axis = 0; axis < static_cast<int64_t>(size.size()); ++axis) {
      Value stride = f.extents.product(llvm::ArrayRef(size).drop_front(axis + 1));
      if (llvm::is_contained(batchAxes, axis)) {
        side.batch = size[axis], side.batchStride = stride;
      } else if (llvm::is_contained(contractAxes, axis)) {
        side.depth = size[axis], side.depthStride = stride;
      } else {
        side.free = size[axis], side.freeStride = stride;
      }
    }
    return side;
  };
  Side left = sideOf(lhs, dot.getLhsBatch(), dot.getLhsContract());
  Side right = sideOf(rhs, dot.getRhsBatch(), dot.getRhsContract());

  auto columns = constantOf(right.free);
  int64_t vectors = columns && *columns <= kLanes ? 1 : 2;
  int64_t width = vectors * kLanes;
  Value panels =
      columns
          ? f.constant((*columns + width - 1) / width)
          : arith::DivSIOp::create(f.b, f.at, f.add(right.free, f.constant(width - 1)), f.constant(width)).getResult();
  int64_t rows = constantOf(left.free).value_or(1), depth = constantOf(left.depth).value_or(1);
  // With several batches the outer loop runs over them, else over column panels.
  bool batched = constantOf(left.batch) != 1;
  f.setTrips(batched ? left.batch : panels, rows * depth * (batched ? columns.value_or(1) : width));

  mlir::func::FuncOp gemm =
      GemmBuilder(f.target->getParentOfType<mlir::ModuleOp>(), dtype, vectors, f.policy, f.at).get();
  // A kernel takes each tensor once: both sides may be one.
  auto pointerOf = [&](Value side) { return f.operands[llvm::cast<mlir::BlockArgument>(side).getArgNumber()]; };
  auto call = [&](Value batch, Value firstPanel, Value lastPanel) {
    Value a = elementPointer(f.b, f.at, dtype, pointerOf(dot.getLhs()), f.mul(batch, left.batchStride));
    Value c = elementPointer(f.b, f.at, dtype, pointerOf(dot.getRhs()), f.mul(batch, right.batchStride));
    Value plane = f.extents.product({left.free, right.free});
    Value out = elementPointer(f.b, f.at, dtype, f.results[0], f.mul(batch, plane));
    // A missing column axis is one column; its stride must not look like a row to gather from.
    Value columnStride = constantOf(right.freeStride) == 0 ? f.constant(1) : right.freeStride;
    mlir::func::CallOp::create(
        f.b, f.at, gemm,
        mlir::ValueRange{a, c, out, left.free, right.free, left.depth, left.freeStride, left.depthStride,
                         right.depthStride, columnStride, right.free, firstPanel, lastPanel});
  };
  if (batched)
    f.loop(f.begin, f.end, 1, [&](Value batch) { call(batch, f.constant(0), panels); });
  else
    call(f.constant(0), f.begin, f.end);
}

}  // namespace etch::codegen
