// Transposes of matrices by tiles of a cache line of the result by sixteen bytes of the operand.
//
// Loads put a register together from four lines of the operand, so that shuffles need not leave their lanes of sixteen
// bytes: two for each register of f32, three of f16, four of u8, where transposing a square of vectors takes four, or
// many for narrow types. The shuffle port is what bounds a transpose in the L1 cache
// (docs/decisions/0045-transposes-by-parts.md).
//
// Results that are larger than the caches are stored past them: stores as they come read each line before they write
// it. Non-temporal ones do not, but want whole lines: where rows of the result do not begin at one (4088^2), a block is
// transposed into scratch and its rows go out in long runs.

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/move/TransposeFrame.h"
#include "codegen/cpu/elements/TransposedTile.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = TransposeFrame::Values;
using Condition = TransposeFrame::Condition;

namespace {

/// Bytes of a row of a tile that are loaded together: what shuffles inside lanes transpose.
constexpr int64_t kPart = 16;
/// Bytes from which on reading long runs of few lines is worth more than writing runs of several (docs/decisions/0045).
/// A quarter, four times: 1.08, .68.
constexpr int64_t kHuge = 32 << 20;
/// Rows of a block of the result, by the way it is stored, and columns; of huge results, one tile
/// (docs/decisions/0045). Half, twice the small rows: .99, 1.09. Half, twice the large ones: .82, 1.00. Half, twice the
/// columns: .78, 1.21.
constexpr int64_t kSmallRows = 64, kLargeRows = 1024, kColumns = 64;
/// Small ones whose rows begin inside lines are written in long runs, lest two tasks share their lines
/// (docs/decisions/0060). Half, twice: .97, .96.
constexpr int64_t kUnalignedColumns = 1024;
/// A block in scratch has as many rows as four lines have elements, so that the operand is read four lines at a time,
/// and 64 KiB. A line more in each row keeps equal columns out of one set of the cache (docs/decisions/0019). Half,
/// twice: 1.21, 1.01.
constexpr int64_t kScratchBytes = 64 << 10;

class TileEmitter {
 public:
  TileEmitter(TransposeFrame &t, const MovedMatrices &m)
      : t(t), f(t.f), b(t.b), at(t.at), batch(m.batch), rows(m.rows), columns(m.columns) {
    fits = t.both(t.atLeast(rows.extent, tileRows()), t.atLeast(columns.extent, tileColumns()));
  }

  void emit() {
    Condition staged = isStaged();
    const int64_t smallColumns = isWhole(columns.extent, tileColumns()) ? kColumns : kUnalignedColumns;
    Value blockRows = t.select(t.large, kLargeRows, kSmallRows);
    Value blockColumns = t.select(t.large, kColumns, smallColumns);
    const Condition huge = t.atLeast(f.mul(t.elements, f.constant(t.bytes)), kHuge);
    blockColumns = t.select(huge, f.constant(tileColumns()), blockColumns);
    blockRows = t.select(staged, f.constant(scratchRows()), blockRows);
    blockColumns = t.select(staged, f.constant(scratchColumns()), blockColumns);
    Values counts;
    for (const MovedAxis &axis : batch) counts.push_back(axis.extent);
    counts.push_back(f.quotientUp(rows.extent, blockRows));
    counts.push_back(f.quotientUp(columns.extent, blockColumns));
    f.setTrips(f.extents.product(counts),
               f.mul(f.minimum(rows.extent, blockRows), f.minimum(columns.extent, blockColumns)));
    Value scratch = staged.isNever() ? Value() : allocateScratch();
    Condition past = t.alignedPast();
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      Values position = t.positionIn(counts, trip);
      Block block;
      std::tie(block.from, block.to) = t.matrixAt(batch, position);
      block.row = f.mul(position[batch.size()], blockRows);
      block.column = f.mul(position[batch.size() + 1], blockColumns);
      block.rowEnd = f.minimum(f.add(block.row, blockRows), rows.extent);
      block.columnEnd = f.minimum(f.add(block.column, blockColumns), columns.extent);
      t.choose(staged, [&] { emitStaged(block, scratch); }, [&] { emitDirect(block, past); });
    });
    t.fenceIfLarge();
  }

 private:
  TransposeFrame &t;
  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  llvm::ArrayRef<MovedAxis> batch;
  const MovedAxis &rows, &columns;
  /// The matrix has a tile in each direction.
  Condition fits;

  struct Block {
    Value from, to;  // of the matrix
    Value row, rowEnd, column, columnEnd;
  };

  /// A tile is a line of columns by 16 bytes of rows.
  int64_t tileRows() const { return kPart / t.bytes; }
  int64_t tileColumns() const { return kCacheLine / t.bytes; }

  /// Large results whose rows do not begin at lines.
  Condition isStaged() {
    if (auto stride = constantOf(columns.extent); stride && *stride * t.bytes % kCacheLine == 0) return {};
    if (t.large.isNever() || constantOf(columns.extent)) return t.large;
    Value over = arith::RemUIOp::create(b, at, columns.extent, f.constant(kCacheLine / t.bytes));
    return t.both(t.large, {arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne, over, f.constant(0))});
  }

  static bool isWhole(Value extent, int64_t tile) {
    auto known = constantOf(extent);
    return known && *known % tile == 0;
  }

  using TileBody = llvm::function_ref<void(Value row, Value column, bool whole)>;

  /// The tile's place, where the last tiles of a matrix that has whole ones reach back over those before.
  Value reachingBack(Value start, Value extent, int64_t tile) {
    return isWhole(extent, tile) ? start : f.minimum(start, f.sub(extent, f.constant(tile)));
  }
  void oneTile(Value row, Value column, TileBody body) {
    auto whole = [&] {
      body(reachingBack(row, rows.extent, tileRows()), reachingBack(column, columns.extent, tileColumns()), true);
    };
    // Where there is not even one what is outside is masked.
    t.choose(fits, whole, [&] { body(row, column, false); });
  }

  /// A column of tiles after the other.
  void overColumns(const Block &block, TileBody body) {
    f.loop(block.column, block.columnEnd, tileColumns(), [&](Value column) {
      f.loop(block.row, block.rowEnd, tileRows(), [&](Value row) { oneTile(row, column, body); });
    });
  }

  /// The tiles that read the same lines of the operand one after the other, then those beside them.
  void overLines(const Block &block, TileBody body) {
    const int64_t line = kCacheLine / t.bytes;
    f.loop(block.row, block.rowEnd, line, [&](Value first) {
      Value last = f.add(first, f.constant(line));
      if (!isWhole(rows.extent, line)) last = f.minimum(last, block.rowEnd);
      f.loop(block.column, block.columnEnd, tileColumns(),
             [&](Value column) { f.loop(first, last, tileRows(), [&](Value row) { oneTile(row, column, body); }); });
    });
  }

  /// Rows of the result: each register is put together from four operand lines, four times a square's side apart, so
  /// that squares of 16 bytes a side are transposed in place.
  Values tileAt(const Block &block, Value row, Value column, bool whole) {
    auto type = t.vectorOf(tileRows());
    Value mask = whole ? Value() : f.laneMask(f.sub(block.rowEnd, row), tileRows());
    Value last = whole ? Value() : f.sub(block.columnEnd, f.constant(1));
    Values tile;
    for (int64_t i = 0; i < tileRows(); ++i) {
      Values parts;
      for (int64_t part = i; part < tileColumns(); part += tileRows()) {
        Value line = f.add(column, f.constant(part));
        // Behind the end the last line again: nothing stores it.
        if (!whole) line = f.minimum(line, last);
        parts.push_back(t.load(type, t.address(block.from, f.add(f.mul(line, columns.from), row)), mask));
      }
      tile.push_back(joined(b, at, std::move(parts)));
    }
    return transposed(b, at, std::move(tile));
  }
  /// The mask, or nothing from the end on.
  Value unless(Value position, Value end, Value mask) {
    Value none = splatConstant(b, at, mask.getType(), int64_t{0});
    return arith::SelectOp::create(b, at, f.less(position, end), mask, none);
  }

  void emitDirect(const Block &block, const Condition &past) {
    overLines(block, [&](Value row, Value column, bool whole) {
      Value columnMask = whole ? Value() : f.laneMask(f.sub(block.columnEnd, column), tileColumns());
      Values tile = tileAt(block, row, column, whole);
      auto storeRows = [&](bool streams) {
        for (auto [i, value] : llvm::enumerate(tile)) {
          Value line = f.add(row, f.constant(static_cast<int64_t>(i)));
          Value to = t.address(block.to, f.add(f.mul(line, rows.to), column));
          if (streams)
            t.storePast(value, to);
          else
            t.store(value, to, whole ? Value() : unless(line, block.rowEnd, columnMask));
        }
      };
      // Only rows that begin at lines get here when the result is large.
      if (!whole || !mayBeWhole()) return storeRows(false);
      t.choose(past, [&] { storeRows(true); }, [&] { storeRows(false); });
    });
  }
  bool mayBeWhole() const { return !constantOf(columns.extent) || isWhole(columns.extent, tileColumns()); }

  int64_t scratchRows() const { return 4 * kCacheLine / t.bytes; }
  int64_t scratchColumns() const { return kScratchBytes / (4 * kCacheLine); }
  int64_t scratchStride() const { return scratchColumns() + kCacheLine / t.bytes; }
  /// Before the block there is room for tiles that reach back.
  int64_t scratchMargin() const { return tileRows() * scratchStride() + tileColumns(); }
  Value allocateScratch() {
    Value scratch = f.allocate((scratchMargin() + scratchRows() * scratchStride()) * t.bytes);
    return t.address(scratch, f.constant(scratchMargin()));
  }

  void emitStaged(const Block &block, Value scratch) {
    overColumns(block, [&](Value row, Value column, bool whole) {
      Value first = f.add(f.mul(f.sub(row, block.row), f.constant(scratchStride())), f.sub(column, block.column));
      for (auto [i, value] : llvm::enumerate(tileAt(block, row, column, whole)))
        t.store(value, t.address(scratch, f.add(first, f.constant(static_cast<int64_t>(i) * scratchStride()))));
    });
    f.loop(block.row, block.rowEnd, 1, [&](Value row) {
      Value from = t.address(scratch, f.mul(f.sub(row, block.row), f.constant(scratchStride())));
      Value to = t.address(block.to, f.add(f.mul(row, rows.to), block.column));
      t.copyRun(from, to, f.sub(block.columnEnd, block.column), {Value(), true});
    });
  }
};

}  // namespace

void emitTransposedTiles(TransposeFrame &t, const MovedMatrices &m) { TileEmitter(t, m).emit(); }

}  // namespace etch::codegen
