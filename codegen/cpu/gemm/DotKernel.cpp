// Contractions. The tensor stage leaves at most one batch, one free axis a side and one contracted axis; a dot kernel
// is then a call of the module's shared matrix product (GemmRoutine.h) with extents and strides, and with the function
// that computes what stands behind the contraction (DotEpilogue.h).

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/gemm/DotEpilogue.h"
#include "codegen/cpu/gemm/DotMaker.h"
#include "codegen/cpu/gemm/DotSmall.h"
#include "codegen/cpu/gemm/DotTiny.h"
#include "codegen/cpu/gemm/GemmAmx.h"
#include "codegen/cpu/gemm/GemmDots.h"
#include "codegen/cpu/gemm/GemmRoutine.h"
#include "codegen/cpu/gemm/GemmTiles.h"
#include "codegen/cpu/gemm/PackedWeights.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Extent and stride of the one batch, free and contracted axis of an operand; 1 and 0 where there is none.
struct Side {
  Value batch, batchStride, free, freeStride, depth, depthStride;
};

Side sideOf(KernelFrame &f, const Extents &size, llvm::ArrayRef<int64_t> batchAxes,
            llvm::ArrayRef<int64_t> contractAxes) {
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
  // A missing axis has one element; some stride of an operand is 1 all the same.
  if (constantOf(side.freeStride) == 0) side.freeStride = one;
  if (constantOf(side.depthStride) == 0) side.depthStride = one;
  return side;
}

/// Products of fewer rows or columns than these take as long as these: what counts is reading the other operand
/// (docs/decisions/0033).
constexpr int64_t kFewLines = 4;
/// Multiplications that are worth a task, 7 to 10 microseconds: what products read has often just been written by the
/// other threads, and is wanted by all of them (docs/decisions/0058-tasks.md).
int64_t taskOfProduct(const VectorUnit &unit) { return unit.halves ? 3 << 17 : 1 << 20; }
/// Panels of columns from which a panel more or less makes no difference to a thread (docs/decisions/0058).
constexpr int64_t kManyPanels = 16;

/// Whether threads take rows of the result: where it is higher than wide, and where halves of its columns would be
/// uneven because the tiles are so wide. Otherwise each takes columns and packs nothing that another packs, too.
bool isSplitByRows(Value rows, Value columns, const GemmTiles &tiles) {
  const int64_t m = constantOf(rows).value_or(1), n = constantOf(columns).value_or(1);
  const bool isUneven = n < kManyPanels * tiles.width() && n % (2 * tiles.width()) != 0;
  return m > n || (isUneven && m >= 2 * tiles.heights[0]);
}

/// The address of a function as the routine takes it.
Value addressOf(KernelFrame &f, mlir::func::FuncOp function) {
  mlir::Type pointer = LLVM::LLVMPointerType::get(f.b.getContext());
  if (!function) return LLVM::ZeroOp::create(f.b, f.at, pointer);
  Value address = mlir::func::ConstantOp::create(f.b, f.at, function.getFunctionType(), function.getName());
  return mlir::UnrealizedConversionCastOp::create(f.b, f.at, pointer, address).getResult(0);
}

class DotEmitter {
 public:
  DotEmitter(KernelFrame &f, ir::DotGeneralOp dot)
      : f(f),
        dot(dot),
        dtype(dtypeOf(dot.getResult())),
        left(sideOf(f, f.extents.of(dot.getLhs()), dot.getLhsBatch(), dot.getLhsContract())),
        right(sideOf(f, f.extents.of(dot.getRhs()), dot.getRhsBatch(), dot.getRhsContract())),
        tiles(gemmTilesFor(dtype, f.vectorUnit(), f.policy)) {}

  void emit() {
    placeOperands();
    findFunctions();
    setTrips();
    findWeights();
    setUpRoutine();
    if (batched)
      f.loop(f.begin, f.end, 1, [&](Value batch) { call(batch, {zero, left.free}, {zero, right.free}); });
    else if (byRows)
      call(zero, {f.begin, f.sub(f.end, f.begin)}, {zero, right.free});
    else
      call(zero, {zero, left.free}, {f.begin, f.sub(f.end, f.begin)});
  }

 private:
  struct Stretch {
    Value first, count;
  };

  KernelFrame &f;
  ir::DotGeneralOp dot;
  const DType dtype;
  Side left, right;
  const GemmTiles tiles;
  Value lhs, rhs, zero;                      // memory of the operands
  mlir::func::FuncOp leftMaker, rightMaker;  // of operands that the kernel computes
  mlir::func::FuncOp epilogue;               // computes what stands behind the product
  std::optional<unsigned> memory;            // the result that holds the sums
  bool batched = false, byRows = false;
  std::optional<PackedWeights> weights;
  mlir::func::FuncOp routine;
  Value behind, makesLeft, makesRight, context, areDots;  // what the routine is told
  Value plane;                                            // elements of the result of a batch

  void placeOperands() {
    // A kernel takes each tensor once: both sides may be one.
    auto pointerOf = [&](Value side) -> Value {
      return llvm::isa<mlir::BlockArgument>(side) ? f.pointerOf(side) : addressOf(f, nullptr);
    };
    lhs = pointerOf(dot.getLhs()), rhs = pointerOf(dot.getRhs()), zero = f.constant(0);
  }

  void findFunctions() {
    // Operands that the kernel computes are made while they are packed.
    auto makerOf = [&](Value side, Side &strides, llvm::StringRef name) {
      if (llvm::isa<mlir::BlockArgument>(side)) return mlir::func::FuncOp();
      strides.freeStride = zero, strides.depthStride = f.constant(1);
      return emitDotMaker(f, side, name);
    };
    leftMaker = makerOf(dot.getLhs(), left, "left");
    rightMaker = makerOf(dot.getRhs(), right, "right");
    memory = memoryOfProduct(f, dot);
    if (!memory) throw InternalError("a contraction without memory for its sums", ir::toUserLocation(dot.getLoc()));
    epilogue = emitDotEpilogue(f, dot);
  }

  void setTrips() {
    batched = constantOf(left.batch) != 1, byRows = isSplitByRows(left.free, right.free, tiles);
    f.taskWork = taskOfProduct(f.vectorUnit());
    if (batched) return f.setTrips(left.batch, f.extents.product({left.free, right.free, left.depth}));
    f.splitInRanges();
    auto work = [&](Value lines) { return f.mul(f.maximum(lines, f.constant(kFewLines)), left.depth); };
    if (byRows)
      f.setTrips(left.free, work(right.free), f.constant(tiles.heights.back()));
    else
      f.setTrips(right.free, work(left.free), f.constant(tiles.width()));
  }

  /// Constant weights lie as the product reads them.
  void findWeights() {
    weights = PackedWeights::of(f.source);
    if (!weights) return;
    if (weights->layout == PackedWeights::Layout::rows)
      right.freeStride = f.constant(1), right.depthStride = right.free;
    else
      right.freeStride = f.constant(weights->apart), right.depthStride = zero;
  }
  /// Where the right operand's columns from `column` on begin.
  Value ofColumn(Value column) {
    if (!weights || weights->layout == PackedWeights::Layout::rows) return f.mul(column, right.freeStride);
    return f.mul(f.split(column, weights->columns).first, right.freeStride);
  }

  void setUpRoutine() {
    routine = declareGemm(f.target->getParentOfType<mlir::ModuleOp>(), dtype, f.policy);
    f.setForm(formOfRoutine());
    behind = addressOf(f, epilogue), makesLeft = addressOf(f, leftMaker), makesRight = addressOf(f, rightMaker);
    context = epilogue || leftMaker || rightMaker ? f.target.getArgument(0) : behind;
    areDots = dotsPay(f, tiles, left.free, right.free, left.depth);
    if (auto m = constantOf(left.free), n = constantOf(right.free), k = constantOf(left.depth); m && n && k) {
      const bool lieAcross = constantOf(left.freeStride) == 1 && constantOf(right.depthStride) == 1;
      const bool lieInRows = constantOf(left.depthStride) == 1 && constantOf(right.freeStride) == 1;
      if (lieAcross && turnsForDots(tiles, *m, *n, *k))
        areDots = f.constant(static_cast<int64_t>(AreDots::withLeftTurned));
      else if (lieInRows && turnsForDots(tiles, *n, *m, *k))
        areDots = f.constant(static_cast<int64_t>(AreDots::withRightTurned));
    }
    plane = f.extents.product({left.free, right.free});
  }

  std::string formOfRoutine() {
    if (hasAmxProduct(f.vectorUnit(), dtype, f.policy)) return "product in AMX tiles";
    return "product in tiles of " + std::to_string(tiles.heights[0]) + "x" + std::to_string(tiles.width());
  }

  void call(Value batch, Stretch rows, Stretch columns) {
    Value results = batched ? f.mul(f.sub(f.end, f.begin), plane) : f.mul(rows.count, columns.count);
    Value a = f.add(f.mul(batch, left.batchStride), f.mul(rows.first, left.freeStride));
    Value b = f.add(f.mul(batch, right.batchStride), ofColumn(columns.first));
    Value c = f.add(f.mul(batch, plane), f.add(f.mul(rows.first, right.free), columns.first));
    auto at = [&](Value base, Value position) { return elementPointer(f.b, f.at, dtype, base, position); };
    mlir::func::CallOp::create(
        f.b, f.at, routine,
        mlir::ValueRange{at(lhs, a), at(rhs, b), at(f.results[*memory], c), rows.count, columns.count, left.depth,
                         left.freeStride, left.depthStride, right.depthStride, right.freeStride, right.free, behind,
                         context, f.add(f.mul(batch, left.free), rows.first), columns.first, makesLeft, makesRight,
                         areDots, results});
  }
};

}  // namespace

void emitDotKernel(KernelFrame &f) {
  auto dot = *f.body().getOps<ir::DotGeneralOp>().begin();
  if (emitTinyDotKernel(f, dot)) return f.setForm("tiny product in registers");
  if (emitSmallDotKernel(f, dot)) return f.setForm("small product in place");
  DotEmitter(f, dot).emit();
}

}  // namespace etch::codegen
