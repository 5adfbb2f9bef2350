// Kernels that only put axes in another order.
//
// Axes that stay neighbours are one axis, so every permutation is either runs of memory that stay together, copied as
// they lie, or a batch of matrices to transpose. A matrix goes by tiles of a cache line of the result by sixteen bytes
// of the operand. Loads put a register together from four lines of the operand, so that shuffles need not leave their
// lanes of sixteen bytes: two for each register of f32, three of f16, four of u8, where transposing a square of vectors
// takes four, or many for narrow types. The shuffle port is what bounds a transpose in the L1 cache
// (docs/decisions/0045-transposes-by-parts.md).
//
// Results that are larger than the caches are stored past them: stores as they come read each line before they write
// it. Non-temporal ones do not, but want whole lines: where rows of the result do not begin at one (4088^2), a block is
// transposed into scratch and its rows go out in long runs.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/ScalarOps.h"
#include "codegen/cpu/TransposedTile.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

constexpr int64_t kLine = 64;
/// Bytes of a row of a tile that are loaded together: what shuffles inside lanes transpose.
constexpr int64_t kPart = 16;
/// Bytes of a result from which on its lines are not read before they are written: an L2 cache.
constexpr int64_t kLarge = 2 << 20;
/// Bytes from which on reading long runs of few lines is worth more than writing runs of several.
constexpr int64_t kHuge = 32 << 20;
/// Rows of a block of the result, by the way it is stored, and columns; of huge results, one tile.
constexpr int64_t kSmallRows = 64, kLargeRows = 1024, kColumns = 64;
/// Small ones whose rows begin inside lines are written in long runs, lest two tasks share their lines.
constexpr int64_t kUnalignedColumns = 1024;
/// A block in scratch has as many rows as four lines have elements, so that the operand is read four lines at a time,
/// and 64 KiB. A line more in each row keeps equal columns out of one set of the cache.
constexpr int64_t kScratchBytes = 64 << 10;
/// Elements of a run of copied memory that are worth a task, whatever the axes around it.
constexpr int64_t kRunElements = 4096;

/// An axis of the result, or several that lie side by side in operand and result.
struct MovedAxis {
  Value extent;
  Value from, to;  ///< strides in operand and result, in elements
  int64_t source;  ///< which axis of the operand, counted among the merged ones
};

class TransposeEmitter {
 public:
  TransposeEmitter(KernelFrame &f, ir::TransposeOp op)
      : f(f),
        b(f.b),
        at(f.at),
        bytes(size_of(ir::toDType(op.getType().getElementType()))),
        word(b.getIntegerType(8 * bytes)) {
    findAxes(op);
  }

  void emit() {
    Values all;
    for (const MovedAxis &axis : axes) all.push_back(axis.extent);
    elements = f.extents.product(all);
    large = atLeast(f.mul(elements, f.constant(bytes)), kLarge);
    if (axes.size() < 2) return emitOneRun();
    if (axes.back().source + 1 == static_cast<int64_t>(axes.size())) return emitRuns();
    emitMatrices();
  }

 private:
  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  int64_t bytes;
  mlir::Type word;  ///< elements are moved as integers of their size
  llvm::SmallVector<MovedAxis> axes;
  Value elements;
  /// A condition that may be known: null value and `known` set.
  struct Condition {
    Value value;
    bool known = false;
  };
  Condition large;

  void findAxes(ir::TransposeOp op) {
    Extents size = f.extents.of(op.getOperand());
    llvm::SmallVector<int64_t> permutation;
    for (int64_t axis : op.getPermutation())
      if (constantOf(size[axis]) != 1) permutation.push_back(axis);
    auto strideOf = [&](llvm::ArrayRef<int64_t> later) {
      Values extents;
      for (int64_t axis : later) extents.push_back(size[axis]);
      return f.extents.product(extents);
    };
    llvm::SmallVector<int64_t> order(permutation);
    llvm::sort(order);
    auto positionInOperand = [&](int64_t axis) { return llvm::find(order, axis) - order.begin(); };
    for (size_t i = 0; i < permutation.size(); ++i) {
      int64_t position = positionInOperand(permutation[i]);
      MovedAxis moved{size[permutation[i]], strideOf(llvm::ArrayRef(order).drop_front(position + 1)),
                      strideOf(llvm::ArrayRef(permutation).drop_front(i + 1)), position};
      if (!axes.empty() && axes.back().source + 1 == position) moved.extent = f.mul(axes.back().extent, moved.extent);
      if (!axes.empty() && axes.back().source + 1 == position)
        axes.back() = moved;
      else
        axes.push_back(moved);
    }
    // Positions among the merged axes.
    llvm::SmallVector<int64_t> sources;
    for (const MovedAxis &axis : axes) sources.push_back(axis.source);
    llvm::sort(sources);
    for (MovedAxis &axis : axes) axis.source = llvm::find(sources, axis.source) - sources.begin();
  }

  //===-- Conditions and addresses ---------------------------------------------------------------------------===//

  Condition atLeast(Value value, int64_t limit) {
    if (auto known = constantOf(value)) return {Value(), *known >= limit};
    return {arith::CmpIOp::create(b, at, arith::CmpIPredicate::sge, value, f.constant(limit)), false};
  }
  /// Emits what the condition selects; both sides where it is not known.
  void choose(const Condition &condition, llvm::function_ref<void()> yes, llvm::function_ref<void()> no) {
    if (!condition.value) return condition.known ? yes() : no();
    auto branch = mlir::scf::IfOp::create(b, at, condition.value, /*withElseRegion=*/true);
    for (bool side : {true, false}) {
      mlir::OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(side ? branch.thenBlock() : branch.elseBlock());
      side ? yes() : no();
    }
  }
  Value select(const Condition &condition, int64_t yes, int64_t no) {
    if (!condition.value) return f.constant(condition.known ? yes : no);
    return arith::SelectOp::create(b, at, condition.value, f.constant(yes), f.constant(no));
  }
  Value quotientUp(Value value, Value by) {
    auto x = constantOf(value), y = constantOf(by);
    if (x && y) return f.constant((*x + *y - 1) / *y);
    return arith::DivUIOp::create(b, at, f.sub(f.add(value, by), f.constant(1)), by);
  }
  Value minimum(Value x, Value y) {
    auto a = constantOf(x), c = constantOf(y);
    return a && c ? f.constant(std::min(*a, *c)) : f.minimum(x, y);
  }
  Value less(Value x, Value y) { return f.less(x, y); }
  Value address(Value base, Value position) {
    return LLVM::GEPOp::create(b, at, base.getType(), word, base, llvm::ArrayRef<LLVM::GEPArg>{position});
  }
  mlir::VectorType lineType() { return mlir::VectorType::get({kLine / bytes}, word); }
  Value load(mlir::VectorType type, Value from, Value mask = {}) {
    if (!mask) return LLVM::LoadOp::create(b, at, type, from, bytes);
    return LLVM::MaskedLoadOp::create(b, at, type, from, mask, splatConstant(b, at, type, int64_t{0}), bytes);
  }
  void store(Value value, Value to, Value mask = {}) {
    if (mask)
      LLVM::MaskedStoreOp::create(b, at, value, to, mask, bytes);
    else
      LLVM::StoreOp::create(b, at, value, to, bytes);
  }
  void storePast(Value value, Value to) {
    LLVM::StoreOp::create(b, at, value, to, kLine, /*isVolatile=*/false, /*isNonTemporal=*/true);
  }
  /// Non-temporal stores are not ordered with what other threads read next.
  void fenceIfLarge() {
    choose(large, [&] { LLVM::FenceOp::create(b, at, LLVM::AtomicOrdering::seq_cst, ""); }, [] {});
  }

  /// Which block of a grid a trip is: one number for each of `counts`, the last one fastest.
  Values positionIn(llvm::ArrayRef<Value> counts, Value trip) {
    Values position(counts.size());
    for (size_t i = counts.size(); i-- > 0;) {
      if (constantOf(counts[i]) == 1) {
        position[i] = f.constant(0);
        continue;
      }
      if (i == 0) {
        position[i] = trip;
        break;
      }
      position[i] = arith::RemUIOp::create(b, at, trip, counts[i]);
      trip = arith::DivUIOp::create(b, at, trip, counts[i]);
    }
    return position;
  }

  //===-- Memory that stays together -------------------------------------------------------------------------===//

  void emitOneRun() {
    f.setTrips(elements, 1);
    copyRun(address(f.operands[0], f.begin), address(f.results[0], f.begin), f.sub(f.end, f.begin), large);
    fenceIfLarge();
  }

  void emitRuns() {
    const MovedAxis &run = axes.back(), &rows = axes[axes.size() - 2];
    auto outer = llvm::ArrayRef(axes).drop_back(2);
    Value perBlock = quotientUp(f.constant(kRunElements), atLeastOne(run.extent));
    Values counts;
    for (const MovedAxis &axis : outer) counts.push_back(axis.extent);
    counts.push_back(quotientUp(rows.extent, perBlock));
    f.setTrips(f.extents.product(counts), f.mul(minimum(perBlock, rows.extent), run.extent));
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      Values position = positionIn(counts, trip);
      Value from = f.constant(0), to = f.constant(0);
      for (auto [axis, p] : llvm::zip(outer, position)) {
        from = f.add(from, f.mul(p, axis.from));
        to = f.add(to, f.mul(p, axis.to));
      }
      Value first = f.mul(position.back(), perBlock);
      f.loop(first, minimum(f.add(first, perBlock), rows.extent), 1, [&](Value row) {
        copyRun(address(f.operands[0], f.add(from, f.mul(row, rows.from))),
                address(f.results[0], f.add(to, f.mul(row, rows.to))), run.extent, large);
      });
    });
    fenceIfLarge();
  }
  Value atLeastOne(Value value) {
    if (auto known = constantOf(value)) return f.constant(std::max<int64_t>(1, *known));
    return arith::MaxSIOp::create(b, at, value, f.constant(1));
  }

  /// Copies `count` elements; past the caches where `past` says so, which begins at a line of the target.
  void copyRun(Value from, Value to, Value count, const Condition &past) {
    auto lines = [&](Value first, bool streams) {
      int64_t lanes = kLine / bytes;
      Value whole = arith::AndIOp::create(b, at, f.sub(count, first), f.constant(-lanes));
      Value middle = f.add(first, whole);
      f.loop(first, middle, lanes, [&](Value i) {
        Value value = load(lineType(), address(from, i));
        streams ? storePast(value, address(to, i)) : store(value, address(to, i));
      });
      f.loop(middle, count, lanes, [&](Value i) { copyMasked(from, to, i, f.sub(count, i)); });
    };
    choose(
        past,
        [&] {
          Value place = LLVM::PtrToIntOp::create(b, at, b.getI64Type(), to);
          Value gap = arith::AndIOp::create(b, at, f.sub(f.constant(0), place), f.constant(kLine - 1));
          gap = f.minimum(arith::DivUIOp::create(b, at, gap, f.constant(bytes)), count);
          f.loop(f.constant(0), gap, kLine / bytes, [&](Value i) { copyMasked(from, to, i, gap); });
          lines(gap, true);
        },
        [&] { lines(f.constant(0), false); });
  }
  void copyMasked(Value from, Value to, Value position, Value count) {
    Value mask = f.laneMask(count, kLine / bytes);
    store(load(lineType(), address(from, position), mask), address(to, position), mask);
  }

  //===-- Matrices -------------------------------------------------------------------------------------------===//

  /// Rows of the result are columns of the operand.
  MovedAxis rows, columns;

  void emitMatrices() {
    llvm::SmallVector<MovedAxis> batch;
    for (const MovedAxis &axis : llvm::ArrayRef(axes).drop_back())
      (axis.source + 1 == static_cast<int64_t>(axes.size()) ? rows : batch.emplace_back()) = axis;
    columns = axes.back();
    Condition staged = isStaged();
    const int64_t smallColumns = isWhole(columns.extent, tileColumns()) ? kColumns : kUnalignedColumns;
    Value blockRows = select(large, kLargeRows, kSmallRows), blockColumns = select(large, kColumns, smallColumns);
    const Condition huge = atLeast(f.mul(elements, f.constant(bytes)), kHuge);
    if (huge.value)
      blockColumns = arith::SelectOp::create(b, at, huge.value, f.constant(tileColumns()), blockColumns);
    else if (huge.known)
      blockColumns = f.constant(tileColumns());
    if (staged.value) {
      blockRows = arith::SelectOp::create(b, at, staged.value, f.constant(scratchRows()), blockRows);
      blockColumns = arith::SelectOp::create(b, at, staged.value, f.constant(scratchColumns()), blockColumns);
    } else if (staged.known) {
      blockRows = f.constant(scratchRows()), blockColumns = f.constant(scratchColumns());
    }
    Values counts;
    for (const MovedAxis &axis : batch) counts.push_back(axis.extent);
    counts.push_back(quotientUp(rows.extent, blockRows));
    counts.push_back(quotientUp(columns.extent, blockColumns));
    f.setTrips(f.extents.product(counts),
               f.mul(minimum(rows.extent, blockRows), minimum(columns.extent, blockColumns)));
    Value scratch = staged.value || staged.known ? allocateScratch() : Value();
    Condition past = alignedPast();
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      Values position = positionIn(counts, trip);
      Value from = f.constant(0), to = f.constant(0);
      for (auto [axis, p] : llvm::zip(batch, position)) {
        from = f.add(from, f.mul(p, axis.from));
        to = f.add(to, f.mul(p, axis.to));
      }
      Block block;
      block.from = address(f.operands[0], from), block.to = address(f.results[0], to);
      block.row = f.mul(position[batch.size()], blockRows);
      block.column = f.mul(position[batch.size() + 1], blockColumns);
      block.rowEnd = minimum(f.add(block.row, blockRows), rows.extent);
      block.columnEnd = minimum(f.add(block.column, blockColumns), columns.extent);
      choose(staged, [&] { emitStaged(block, scratch); }, [&] { emitDirect(block, past); });
    });
    fenceIfLarge();
  }

  struct Block {
    Value from, to;  // of the matrix
    Value row, rowEnd, column, columnEnd;
  };

  /// A tile is a line of columns by 16 bytes of rows.
  int64_t tileRows() const { return kPart / bytes; }
  int64_t tileColumns() const { return kLine / bytes; }

  /// Large results whose rows do not begin at lines.
  Condition isStaged() {
    if (auto stride = constantOf(columns.extent); stride && *stride * bytes % kLine == 0) return {Value(), false};
    if (!large.value && !large.known) return {Value(), false};
    if (constantOf(columns.extent)) return large;
    Value over = arith::RemUIOp::create(b, at, columns.extent, f.constant(kLine / bytes));
    Value unaligned = arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne, over, f.constant(0));
    if (large.value) unaligned = arith::AndIOp::create(b, at, unaligned, large.value);
    return {unaligned, false};
  }

  /// Whether tiles bypass the caches: of large results, where the caller's memory begins at a line.
  Condition alignedPast() {
    if (!large.value && !large.known) return {Value(), false};
    Value place = LLVM::PtrToIntOp::create(b, at, b.getI64Type(), f.results[0]);
    Value over = arith::AndIOp::create(b, at, place, f.constant(kLine - 1));
    Value aligned = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, over, f.constant(0));
    if (large.value) aligned = arith::AndIOp::create(b, at, aligned, large.value);
    return {aligned, false};
  }

  static bool isWhole(Value extent, int64_t tile) {
    auto known = constantOf(extent);
    return known && *known % tile == 0;
  }

  /// Tiles of a block: body(row, column). Where rows of the result begin at lines, the tiles that read the same lines
  /// of the operand come one after the other, then those beside them. Elsewhere a column of tiles comes after the
  /// other: 500^2 took 1.3 times as long the first way, 1024^2 1.2 times the second.
  void overTiles(const Block &block, llvm::function_ref<void(Value, Value, bool whole)> body) {
    const bool allWhole = isWhole(rows.extent, tileRows()) && isWhole(columns.extent, tileColumns());
    auto fits = [&](Value start, int64_t tile, Value end) {
      return arith::CmpIOp::create(b, at, arith::CmpIPredicate::sle, f.add(start, f.constant(tile)), end);
    };
    auto one = [&](Value row, Value column) {
      if (allWhole) return body(row, column, true);
      Value inside = arith::AndIOp::create(b, at, fits(row, tileRows(), block.rowEnd),
                                           fits(column, tileColumns(), block.columnEnd));
      choose({inside, false}, [&] { body(row, column, true); }, [&] { body(row, column, false); });
    };
    if (!isWhole(columns.extent, tileColumns())) {
      f.loop(block.column, block.columnEnd, tileColumns(),
             [&](Value column) { f.loop(block.row, block.rowEnd, tileRows(), [&](Value row) { one(row, column); }); });
      return;
    }
    const int64_t line = kLine / bytes;
    f.loop(block.row, block.rowEnd, line, [&](Value first) {
      Value last = f.add(first, f.constant(line));
      if (!isWhole(rows.extent, line)) last = f.minimum(last, block.rowEnd);
      f.loop(block.column, block.columnEnd, tileColumns(),
             [&](Value column) { f.loop(first, last, tileRows(), [&](Value row) { one(row, column); }); });
    });
  }

  /// Rows of the result: each register is put together from four operand lines, four times a square's side apart, so
  /// that squares of 16 bytes a side are transposed in place.
  Values tileAt(const Block &block, Value row, Value column, bool whole) {
    auto type = mlir::VectorType::get({tileRows()}, word);
    Value mask = whole ? Value() : f.laneMask(f.sub(block.rowEnd, row), tileRows());
    Value last = whole ? Value() : f.sub(block.columnEnd, f.constant(1));
    Values tile;
    for (int64_t i = 0; i < tileRows(); ++i) {
      Values parts;
      for (int64_t part = i; part < tileColumns(); part += tileRows()) {
        Value line = f.add(column, f.constant(part));
        // Behind the end the last line again: nothing stores it.
        if (!whole) line = f.minimum(line, last);
        parts.push_back(load(type, address(block.from, f.add(f.mul(line, columns.from), row)), mask));
      }
      tile.push_back(joined(b, at, std::move(parts)));
    }
    return transposed(b, at, std::move(tile));
  }
  /// The mask, or nothing from the end on.
  Value unless(Value position, Value end, Value mask) {
    Value none = splatConstant(b, at, mask.getType(), int64_t{0});
    return arith::SelectOp::create(b, at, less(position, end), mask, none);
  }

  void emitDirect(const Block &block, const Condition &past) {
    overTiles(block, [&](Value row, Value column, bool whole) {
      Value columnMask = whole ? Value() : f.laneMask(f.sub(block.columnEnd, column), tileColumns());
      Values tile = tileAt(block, row, column, whole);
      auto storeRows = [&](bool streams) {
        for (auto [i, value] : llvm::enumerate(tile)) {
          Value line = f.add(row, f.constant(static_cast<int64_t>(i)));
          Value to = address(block.to, f.add(f.mul(line, rows.to), column));
          if (streams)
            storePast(value, to);
          else
            store(value, to, whole ? Value() : unless(line, block.rowEnd, columnMask));
        }
      };
      if (!whole) return storeRows(false);
      choose(past, [&] { storeRows(true); }, [&] { storeRows(false); });
    });
  }

  int64_t scratchRows() const { return 4 * kLine / bytes; }
  int64_t scratchColumns() const { return kScratchBytes / (4 * kLine); }
  int64_t scratchStride() const { return scratchColumns() + kLine / bytes; }
  Value allocateScratch() {
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&f.target.getBody().front());
    Value count = arith::ConstantOp::create(b, at, b.getI64IntegerAttr(scratchRows() * scratchStride()));
    return LLVM::AllocaOp::create(b, at, LLVM::LLVMPointerType::get(b.getContext()), word, count, kLine);
  }

  void emitStaged(const Block &block, Value scratch) {
    overTiles(block, [&](Value row, Value column, bool whole) {
      Value first = f.add(f.mul(f.sub(row, block.row), f.constant(scratchStride())), f.sub(column, block.column));
      for (auto [i, value] : llvm::enumerate(tileAt(block, row, column, whole)))
        store(value, address(scratch, f.add(first, f.constant(static_cast<int64_t>(i) * scratchStride()))));
    });
    f.loop(block.row, block.rowEnd, 1, [&](Value row) {
      Value from = address(scratch, f.mul(f.sub(row, block.row), f.constant(scratchStride())));
      Value to = address(block.to, f.add(f.mul(row, rows.to), block.column));
      copyRun(from, to, f.sub(block.columnEnd, block.column), {Value(), true});
    });
  }
};

}  // namespace

bool emitTransposeKernel(KernelFrame &f) {
  auto op = llvm::dyn_cast<ir::TransposeOp>(f.body().front());
  if (!op || op->getNextNode() != f.body().getTerminator() || !llvm::isa<mlir::BlockArgument>(op.getOperand()))
    return false;
  TransposeEmitter(f, op).emit();
  return true;
}

}  // namespace etch::codegen
