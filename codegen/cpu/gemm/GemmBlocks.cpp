// The loops around the register tiles: blocks of columns, passes over the depth, rows of tiles, panels.
//
// A row of tiles goes through all panels of a block before the next one begins: its part of the left operand stays in
// L1, the block of the right one in L2, and the result is written along its rows. The block is packed while the first
// row of tiles reads it, where reading costs nothing: there the multiplications are what takes the time. (Packing it
// before that cost 5 % at 512^3, 12 % at 128x3072x768; panels in L1 with rows passing by, 10 % at 512^3 and 1024^3.)

#include "codegen/cpu/gemm/GemmBlocks.h"

#include "codegen/cpu/gemm/GemmPlan.h"
#include "codegen/cpu/gemm/GemmShallow.h"

namespace etch::codegen {

using mlir::Value;
namespace LLVM = mlir::LLVM;

namespace {

/// Rows whose sums wait for the next pass at most, where results cannot hold them (docs/decisions/0046).
constexpr int64_t kWaitingRows = 512;

int64_t panelBytes(const GemmTiles &t) {
  const int64_t elements = t.columns * t.depth, mostPanels = elements / t.leastDepth / t.width();
  return (elements + mostPanels * kPanelGap + t.lanes * t.width()) * static_cast<int64_t>(size_of(t.compute));
}

class Blocks {
 public:
  Blocks(GemmEmitter &e, const GemmFunctions &functions, const GemmOperands &given)
      : e(e),
        t(e.tiles),
        functions(functions),
        g(given),
        plan(planGemm(e, given)),
        dtype(t.dtype),
        compute(t.compute) {}

  void emit() {
    Value zero = e.constant(0), one = e.constant(1);
    leftTile = e.stack((t.depth + 2 * t.lanes) * t.tallVectors() * t.lanes, compute);
    Value rightRest = e.stack(t.depth * t.width() + kPanelGap + t.lanes * t.width(), compute);
    auto memory = mlir::scf::IfOp::create(e.b, e.at, mlir::TypeRange{e.pointerType()}, plan.takesScratch, true);
    {
      mlir::OpBuilder::InsertionGuard guard(e.b);
      e.b.setInsertionPointToStart(memory.thenBlock());
      mlir::scf::YieldOp::create(e.b, e.at, e.scratch(gemmScratchBytes(t)));
      e.b.setInsertionPointToStart(memory.elseBlock());
      mlir::scf::YieldOp::create(e.b, e.at, rightRest);
    }
    panels = e.select(plan.isLaidOut, g.right, memory.getResult(0));
    waiting = e.offsetBytes(memory.getResult(0), e.constant(panelBytes(t)));
    e.loop(zero, g.n, plan.fitting, {}, [&](Value column, mlir::ValueRange) {
      Value columns = e.minimum(plan.fitting, e.sub(g.n, column));
      e.loop(zero, plan.passes, 1, [&](Value pass) {
        Value first = e.mul(pass, plan.perPass);
        Value depth = e.minimum(plan.perPass, e.sub(plan.steps, first)), numbers = depth;
        if (t.arePairs()) numbers = e.minimum(e.mul(plan.perPass, t.group), e.sub(g.k, e.mul(first, t.group)));
        emitPass({column, columns, first, depth, numbers, pass,
                  e.compare(mlir::arith::CmpIPredicate::eq, e.add(pass, one), plan.passes), nextStep(columns, depth)});
      });
      return Values();
    });
  }

 private:
  GemmEmitter &e;
  const GemmTiles &t;
  const GemmFunctions &functions;
  const GemmOperands &g;
  const GemmPlan plan;
  DType dtype, compute;
  Value leftTile, panels;  // memory: the rows of a tile; packed panels or, where they are read in place, the last one
  Value waiting;           // memory for sums that are wider than results

  /// One pass over the depth for a block of columns.
  struct Pass {
    Value column, columns, first, depth;
    Value numbers;  ///< of the operands along the depth; as many as `depth` unless those are pairs
    Value number, isLast;
    Value nextStep;  ///< elements of the next row of tiles that are asked for with each step of the depth
  };
  /// The left operand of one row of tiles, where the tiles read it.
  struct Row {
    Value first, rows, from, row, depth;
    Value below;    ///< the next row of tiles there
    Value line;     ///< where results go
    Value waiting;  ///< and sums meanwhile
  };

  /// Each panel asks for a row of the next tile. Where there are fewer panels than rows and the rows lie one behind the
  /// other, for more: its share of all of them (2005x44x196: 0.90 to 0.96 of oneDNN, 2000x64x256: 0.90 to 1.01).
  Value nextStep(Value columns, Value depth) {
    Value one = e.constant(1), panels = e.maximum(e.div(columns, t.width()), one);
    Value areFew = e.less(panels, e.constant(t.heights[0]));
    Value isDense = e.both(e.equal(g.leftDepth, 1), e.less(plan.leftRow, e.mul(depth, 2)));
    Value steps = e.maximum(e.mul(panels, depth), one);
    Value share = e.div(e.mul(plan.leftRow, t.heights[0]), steps);
    return e.select(e.both(areFew, isDense), e.add(share, one), g.leftDepth);
  }

  Value panelSize(Value depth) { return e.add(e.mul(depth, t.width()), e.constant(kPanelGap)); }
  /// Elements from one panel to the next.
  Value panelApart(const Pass &pass) { return e.select(plan.isLaidOut, laidOutApart(), panelSize(pass.depth)); }
  Value laidOutApart() { return t.arePairs() ? e.div(g.rightColumn, t.group) : g.rightColumn; }
  Value panelAt(const Pass &pass, Value column) {
    Value place = e.select(plan.isInPanels, e.div(column, t.width()), e.constant(0));
    // Panels that were laid out are those of the whole operand.
    Value first = e.add(e.mul(e.div(pass.column, t.width()), laidOutApart()), e.mul(pass.first, t.width()));
    Value position = e.add(e.mul(place, panelApart(pass)), e.select(plan.isLaidOut, first, e.constant(0)));
    return e.offset(panels, position, compute);
  }

  void packFirst(const Pass &pass, Value block) {
    auto pack = [&] {
      e.call(functions.pack,
             {block, panels, g.rightColumn, g.rightDepth, pass.numbers, pass.columns, panelSize(pass.depth)});
    };
    if (t.isNarrow()) return pack();
    auto make = [&] {
      e.loop(e.constant(0), pass.columns, t.width(), [&](Value column) {
        Value columns = e.minimum(e.constant(t.width()), e.sub(pass.columns, column));
        Value first = e.add(e.add(g.firstColumn, pass.column), column);
        callGemmPart(e, g.rightMaker, g.context, {pass.first, pass.depth}, {first, columns}, panelAt(pass, column),
                     e.constant(t.width()));
      });
    };
    e.branch(e.isGiven(g.rightMaker), make, pack);
  }

  /// Where a pass begins in the operands.
  Value firstNumber(const Pass &pass) { return t.arePairs() ? e.mul(pass.first, t.group) : pass.first; }

  /// A row of tiles of an operand that is computed: as copied, with copies of the last row for those too many.
  void makeLeft(const Pass &pass, Value first, Value rows, Value apart, int64_t height) {
    callGemmPart(e, g.leftMaker, g.context, {e.add(g.firstRow, first), rows}, {pass.first, pass.depth}, leftTile,
                 apart);
    Value one = e.constant(1), end = e.mul(rows, apart);
    e.branch(e.less(rows, e.constant(height)), [&] {
      Value last = e.offset(leftTile, e.sub(end, apart), compute);
      e.call(functions.copy, {last, e.offset(leftTile, end, compute), apart, one, pass.depth, one, apart,
                              e.sub(e.constant(height), rows)});
    });
  }

  void emitPass(const Pass &pass) {
    Value deep = e.mul(firstNumber(pass), g.rightDepth);
    Value block = e.offset(g.right, e.add(deep, e.mul(pass.column, g.rightColumn)), dtype);
    e.branch(plan.packsFirst, [&] { packFirst(pass, block); });
    e.branch(plan.isShallow, [&] { emitShallow(pass, block); }, [&] { emitTiles(pass, block); });
  }

  /// A small depth: some rows at a time where an epilogue wants them from L1.
  void emitShallow(const Pass &pass, Value block) {
    constexpr int64_t kRows = 16;
    Value together = e.select(e.isGiven(g.epilogue), e.constant(kRows), e.maximum(g.m, e.constant(1)));
    e.loop(e.constant(0), g.m, together, {}, [&](Value row, mlir::ValueRange) {
      ShallowArguments part;
      part.left = e.offset(g.left, e.mul(row, g.leftRow), dtype), part.leftRow = g.leftRow;
      part.leftDepth = g.leftDepth, part.depth = pass.numbers;
      part.right = e.select(plan.isInPanels, panelAt(pass, e.constant(0)), block);
      part.rightDepth = e.select(plan.isInPanels, e.constant(t.width()), g.rightDepth);
      part.rightNext = e.select(plan.isInPanels, panelApart(pass), e.constant(t.width()));
      part.out = e.offset(g.out, e.add(e.mul(row, g.outRow), pass.column), dtype), part.outRow = g.outRow;
      part.rows = e.minimum(together, e.sub(g.m, row)), part.columns = pass.columns;
      callGemmShallow(e, functions.shallow, pass.depth, part);
      emitGemmEpilogue(e, g, row, part.rows, pass.column, pass.columns);
      return Values();
    });
  }

  void emitTiles(const Pass &pass, Value block) {
    e.branch(e.negate(plan.packsFirst), [&] {
      // The last columns are copied in any case when they do not make a panel, but more than one vector.
      Value rest = e.rem(pass.columns, t.width()), whole = e.sub(pass.columns, rest);
      e.branch(e.both(e.negate(plan.isLaidOut), e.less(e.constant(t.lanes), rest)), [&] {
        // A depth of one may have any stride, also that of rows that are copied along the depth.
        Value deep = e.maximum(g.rightDepth, e.constant(2));
        e.call(functions.copy, {e.offset(block, whole, dtype), panelAt(pass, whole), e.constant(1), deep, pass.depth,
                                rest, e.constant(t.width()), rest});
      });
    });
    Value begin = e.constant(0);
    for (auto [height, end] : llvm::zip(t.heights, ends(g.m))) {
      // Where there is one panel, tiles below each other pass by it in one call.
      Value whole = e.div(e.maximum(e.sub(e.minimum(end, g.m), begin), e.constant(0)), height);
      Value count = e.select(plan.isColumn, whole, e.constant(0));
      e.branch(e.less(e.constant(0), count), [&] { emitColumn(pass, block, begin, count, height); });
      e.loop(e.add(begin, e.mul(count, height)), end, height, [&](Value row) { emitRow(pass, block, row, height); });
      begin = end;
    }
  }

  /// Where the tiles of each height end; tiles of a height follow each other, the tallest first.
  Values ends(Value rows) {
    const RowCover cover(t.heights);
    Value rest = e.rem(rows, t.heights[0]), tall = e.div(rows, t.heights[0]);
    Value shared = e.minimum(tall, e.constant(RowCover::kShared)), place = e.mul(rest, 2);
    Values ends;
    for (auto [i, height] : llvm::enumerate(t.heights)) {
      Value bits = e.constant(static_cast<int64_t>(cover.bits(i, RowCover::kShared)));
      for (int64_t fewer = 0; fewer < RowCover::kShared; ++fewer)
        bits = e.select(e.equal(shared, fewer), e.constant(static_cast<int64_t>(cover.bits(i, fewer))), bits);
      Value count = e.both(mlir::arith::ShRUIOp::create(e.b, e.at, bits, place), e.constant(3));
      if (i == 0) count = e.add(count, e.sub(tall, shared));
      Value covered = e.mul(count, height);
      ends.push_back(i == 0 ? covered : e.add(ends.back(), covered));
    }
    return ends;
  }

  /// The rows of one tile, panel after panel.
  void emitRow(const Pass &pass, Value block, Value first, int64_t height) {
    Value rest = e.sub(g.m, first), rows = e.minimum(rest, e.constant(height));
    Value deep = e.mul(firstNumber(pass), g.leftDepth);
    Value inPlace = e.offset(g.left, e.add(e.mul(first, g.leftRow), deep), dtype);
    // Rows in place must all exist.
    Value isCopied = e.either(plan.copiesLeft, e.less(rest, e.constant(height)));
    Value alongDepth = e.equal(g.leftDepth, 1);
    // Rows are a vector more than needed apart, so that they do not begin in one cache set.
    Value rowApart = e.mul(e.add(e.quotientUp(pass.depth, t.lanes), e.constant(1)), t.lanes);
    Value apart = e.select(alongDepth, rowApart, e.constant(t.tallVectors() * t.lanes));
    e.branch(isCopied, [&] {
      auto copy = [&] {
        e.call(functions.copy,
               {inPlace, leftTile, g.leftRow, g.leftDepth, pass.numbers, rows, apart, e.constant(height)});
      };
      if (t.isNarrow()) return copy();
      e.branch(plan.isLeftMade, [&] { makeLeft(pass, first, rows, apart, height); }, copy);
    });
    Row row;
    row.first = first, row.rows = rows, row.from = e.select(isCopied, leftTile, inPlace);
    row.row = e.select(isCopied, e.select(alongDepth, apart, e.constant(1)), plan.leftRow);
    row.depth = e.select(isCopied, e.select(alongDepth, e.constant(1), apart), g.leftDepth);
    row.below = e.select(plan.isLeftMade, leftTile, e.offset(inPlace, e.mul(g.leftRow, height), dtype));
    row.line = e.offset(g.out, e.add(e.mul(first, g.outRow), pass.column), dtype);
    row.waiting = waitingFor(pass, first);
    Value whole = e.mul(e.div(pass.columns, t.width()), t.width());
    e.branch(e.less(e.constant(0), whole), [&] { emitPanels(pass, block, row, height, whole); });
    e.branch(e.less(whole, pass.columns), [&] { run(tileAt(pass, block, row, height, whole), height); });
    e.branch(pass.isLast, [&] { emitGemmEpilogue(e, g, first, rows, pass.column, pass.columns); });
  }

  /// Arguments for one tile at a column of the block.
  TileArguments tileAt(const Pass &pass, Value block, const Row &row, int64_t height, Value column) {
    TileArguments tile;
    Value zero = e.constant(0);
    tile.columns = e.minimum(e.sub(pass.columns, column), e.constant(t.width()));
    // In place: whole panels unless they are packed on the way, and up to one vector of columns.
    Value isWide = e.less(e.constant(t.lanes), tile.columns), isWhole = e.equal(tile.columns, t.width());
    Value isPacked = e.either(e.either(plan.packsFirst, plan.isLaidOut),
                              e.both(isWide, e.either(plan.isInPanels, e.negate(isWhole))));
    tile.packed = panelAt(pass, column);
    tile.right = e.select(isPacked, tile.packed, e.offset(block, column, dtype));
    tile.rightDepth = e.select(isPacked, e.constant(t.width()), g.rightDepth);
    tile.left = row.from, tile.leftRow = row.row, tile.leftDepth = row.depth;
    tile.out = e.offset(row.line, column, dtype), tile.outRow = g.outRow;
    tile.nextOut = e.select(plan.isResultLarge, e.offset(row.line, e.mul(g.outRow, height), dtype), null());
    tile.waiting = t.isNarrow() ? e.offset(row.waiting, e.mul(column, height), compute) : null();
    tile.nextLeft = row.below, tile.nextStep = pass.nextStep;
    tile.leftNext = tile.rightNext = tile.outNext = tile.packedNext = tile.nextLeftNext = tile.nextLefts = zero;
    tile.depth = pass.depth, tile.rows = row.rows, tile.count = e.constant(1);
    auto word = [&](Value condition) { return mlir::arith::ExtUIOp::create(e.b, e.at, e.b.getI64Type(), condition); };
    tile.isFirst = word(e.equal(pass.number, 0)), tile.isLast = word(pass.isLast);
    return tile;
  }
  /// Sums of a tile lie together, those of tiles in the order in which tiles are worked off.
  Value waitingFor(const Pass &pass, Value row) {
    Value columns = e.mul(e.quotientUp(pass.columns, t.width()), t.width());
    return t.isNarrow() ? e.offset(waiting, e.mul(row, columns), compute) : Value();
  }

  void call(mlir::func::FuncOp function, const TileArguments &tile) { e.call(function, valuesOf(tile)); }
  void run(const TileArguments &tile, int64_t height) {
    e.branch(
        e.less(e.constant(t.lanes), tile.columns), [&] { call(functions.tiles.at({height, t.vectors}), tile); },
        [&] { call(functions.tiles.at({height, 1}), tile); });
  }

  /// Whole tiles side by side.
  void emitPanels(const Pass &pass, Value block, const Row &row, int64_t height, Value columns) {
    TileArguments tile = tileAt(pass, block, row, height, e.constant(0));
    tile.count = e.div(columns, t.width());
    tile.outNext = e.constant(t.width());
    tile.packedNext = panelApart(pass);
    tile.rightNext = e.select(plan.isInPanels, tile.packedNext, e.constant(t.width()));
    // Behind the panels comes what is left of the columns, or the next row of tiles.
    Value following = e.select(e.less(columns, pass.columns), e.offset(row.line, columns, dtype), tile.nextOut);
    tile.nextOut = e.select(plan.isResultLarge, following, null());
    // What each panel asks for of the next tile (nextStep), or all with the first where rows are neighbours.
    Value isShare = e.less(e.constant(1), pass.nextStep), share = e.mul(pass.nextStep, pass.depth);
    tile.nextLeftNext = e.select(e.equal(g.leftDepth, 1), e.select(isShare, share, plan.leftRow), e.constant(0));
    tile.nextLefts = e.select(e.equal(g.leftDepth, 1), e.constant(height), e.constant(1));
    auto reads = [&] { call(functions.tiles.at({height, t.vectors}), tile); };
    if (height != t.heights[0] || !functions.fill) return reads();
    e.branch(
        e.both(plan.packsOnTheWay, e.equal(row.first, 0)),
        [&] {
          TileArguments fill = tile;
          fill.right = block, fill.rightDepth = g.rightDepth, fill.rightNext = e.constant(t.width());
          call(functions.fill, fill);
        },
        reads);
  }

  /// Whole tiles below each other, which are all the block has side by side: `count` of them from row `first` on.
  void emitColumn(const Pass &pass, Value block, Value first, Value count, int64_t height) {
    Row row;
    row.first = first, row.rows = e.constant(height);
    row.from = e.offset(g.left, e.add(e.mul(first, g.leftRow), e.mul(firstNumber(pass), g.leftDepth)), dtype);
    row.row = plan.leftRow, row.depth = g.leftDepth;
    row.below = e.offset(row.from, e.mul(g.leftRow, height), dtype);
    row.line = e.offset(g.out, e.add(e.mul(first, g.outRow), pass.column), dtype);
    row.waiting = waitingFor(pass, first);
    TileArguments tile = tileAt(pass, block, row, height, e.constant(0));
    tile.count = tile.nextLefts = count;
    tile.leftNext = tile.nextLeftNext = e.mul(plan.leftRow, height);
    tile.outNext = e.mul(g.outRow, height);
    run(tile, height);
    e.branch(pass.isLast, [&] { emitGemmEpilogue(e, g, first, e.mul(count, height), pass.column, pass.columns); });
  }

  Value null() { return LLVM::ZeroOp::create(e.b, e.at, e.pointerType()); }
};

}  // namespace

int64_t gemmScratchBytes(const GemmTiles &t) {
  // Of several passes each takes more than half of a block's depth.
  const int64_t sums = t.isNarrow() ? (kWaitingRows + t.heights[0]) * 2 * t.columns : 0;
  return panelBytes(t) + sums * static_cast<int64_t>(size_of(t.compute));
}

void emitRoundedBlocks(GemmEmitter &e, const GemmFunctions &functions, const GemmOperands &all) {
  const GemmTiles &t = e.tiles;
  Value isOnePass = e.less(all.k, e.constant(t.depth * t.group + 1));
  Value rowsPer = e.select(isOnePass, e.maximum(all.m, e.constant(1)), e.constant(kWaitingRows));
  e.loop(e.constant(0), all.m, rowsPer, {}, [&](Value row, mlir::ValueRange) {
    GemmOperands part = all;
    part.m = e.minimum(rowsPer, e.sub(all.m, row));
    part.left = e.offset(all.left, e.mul(row, all.leftRow), t.dtype);
    part.out = e.offset(all.out, e.mul(row, all.outRow), t.dtype);
    part.firstRow = e.add(all.firstRow, row);
    emitGemmBlocks(e, functions, part);
    return Values();
  });
}

void emitGemmBlocks(GemmEmitter &e, const GemmFunctions &functions, const GemmOperands &given) {
  Blocks(e, functions, given).emit();
}

}  // namespace etch::codegen
