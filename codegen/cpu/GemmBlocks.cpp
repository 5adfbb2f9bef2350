// The loops around the register tiles: blocks of columns, passes over the depth, rows of tiles, panels.
//
// A row of tiles goes through all panels of a block before the next one begins: its part of the left operand stays in
// L1, the block of the right one in L2, and the result is written along its rows. The block is packed while the first
// row of tiles reads it, where reading costs nothing: there the multiplications are what takes the time. (Packing it
// before that cost 5 % at 512^3, 12 % at 128x3072x768; panels in L1 with rows passing by, 10 % at 512^3 and 1024^3.)

#include "codegen/cpu/GemmBlocks.h"

namespace etch::codegen {

using mlir::Value;
namespace LLVM = mlir::LLVM;

namespace {

/// Elements between packed panels, so that they do not begin in the same cache set.
constexpr int64_t kPanelGap = 16;

class Blocks {
 public:
  Blocks(GemmEmitter &e, const GemmFunctions &functions, const GemmOperands &given)
      : e(e), t(e.tiles), functions(functions), g(given), dtype(t.dtype), compute(t.compute) {}

  void emit() {
    Value zero = e.constant(0), one = e.constant(1);
    leftTile = e.stack((t.depth + 2 * t.lanes) * t.tallVectors() * t.lanes, compute);
    Value rightRest = e.stack(t.depth * t.width() + kPanelGap + t.lanes * t.width(), compute);
    // At least one pass, so that an empty sum is stored as 0; passes of equal length.
    Value passes = e.maximum(e.quotientUp(g.k, t.depth), one);
    Value perPass = mlir::arith::DivUIOp::create(e.b, e.at, e.sub(e.add(g.k, passes), one), passes);
    decide();
    auto memory =
        mlir::scf::IfOp::create(e.b, e.at, mlir::TypeRange{e.pointerType()}, e.either(packsFirst, packsOnTheWay), true);
    {
      mlir::OpBuilder::InsertionGuard guard(e.b);
      e.b.setInsertionPointToStart(memory.thenBlock());
      mlir::scf::YieldOp::create(e.b, e.at, e.scratch(gemmScratchBytes(t)));
      e.b.setInsertionPointToStart(memory.elseBlock());
      mlir::scf::YieldOp::create(e.b, e.at, rightRest);
    }
    panels = memory.getResult(0);
    // Whole panels that fill the packed block, be it deep or wide.
    Value fitting = e.mul(mlir::arith::DivUIOp::create(e.b, e.at, e.constant(t.columns * t.depth / t.width()),
                                                       e.maximum(perPass, e.constant(t.leastDepth))),
                          t.width());
    e.loop(zero, g.n, fitting, {}, [&](Value column, mlir::ValueRange) {
      Value columns = e.minimum(fitting, e.sub(g.n, column));
      e.loop(zero, passes, 1, [&](Value pass) {
        Value first = e.mul(pass, perPass);
        emitPass({column, columns, first, e.minimum(perPass, e.sub(g.k, first)), pass,
                  e.compare(mlir::arith::CmpIPredicate::eq, e.add(pass, one), passes)});
      });
      return Values();
    });
  }

 private:
  GemmEmitter &e;
  const GemmTiles &t;
  const GemmFunctions &functions;
  const GemmOperands &g;
  DType dtype, compute;
  Value leftTile, panels;  // memory: the rows of a tile; packed panels or, where they are read in place, the last one
  Value copiesLeft, packsFirst, packsOnTheWay;  // i1

  /// One pass over the depth for a block of columns.
  struct Pass {
    Value column, columns, first, depth, number, isLast;
  };
  /// The left operand of one row of tiles, where the tiles read it.
  struct Row {
    Value first, rest, from, row, depth;
  };

  void decide() {
    auto decided = [&](bool always) {
      return mlir::arith::ConstantOp::create(e.b, e.at, e.b.getBoolAttr(always)).getResult();
    };
    copiesLeft = packsFirst = decided(true);
    packsOnTheWay = decided(false);
    if (t.isNarrow()) return;  // what is copied is widened
    copiesLeft = e.less(
        e.select(e.equal(g.leftDepth, 1), e.constant(t.copyLeftColumns - 1), e.constant(t.copyTurnedLeftColumns - 1)),
        g.n);
    auto pays = [&](GemmTiles::Packing least) {
      return e.both(e.less(e.constant(least.elements), e.mul(g.k, g.n)), e.less(e.constant(least.rows - 1), g.m));
    };
    Value isLong = e.less(e.constant(t.longRow - 1), g.rightDepth);
    packsFirst = e.negate(e.equal(g.rightColumn, 1));
    packsOnTheWay =
        e.both(e.negate(packsFirst), e.either(pays(t.packRight), e.both(isLong, pays(t.packRightLongRows))));
  }

  Value panelSize(Value depth) { return e.add(e.mul(depth, t.width()), e.constant(kPanelGap)); }
  Value panelAt(const Pass &pass, Value column) {
    Value place = e.select(e.either(packsFirst, packsOnTheWay), e.div(column, t.width()), e.constant(0));
    return e.offset(panels, e.mul(place, panelSize(pass.depth)), compute);
  }

  void emitPass(const Pass &pass) {
    Value block = e.offset(g.right, e.add(e.mul(pass.first, g.rightDepth), e.mul(pass.column, g.rightColumn)), dtype);
    e.branch(
        packsFirst,
        [&] {
          e.call(functions.pack, {block, panels, g.rightColumn, g.rightDepth, pass.depth, pass.columns,
                                  e.constant(t.width()), panelSize(pass.depth)});
        },
        [&] {
          // The last columns are copied in any case when they do not make a panel, but more than one vector.
          Value rest = e.rem(pass.columns, t.width()), whole = e.sub(pass.columns, rest);
          e.branch(e.less(e.constant(t.lanes), rest), [&] {
            // A depth of one may have any stride, also that of rows that are copied along the depth.
            Value deep = e.maximum(g.rightDepth, e.constant(2));
            e.call(functions.copy, {e.offset(block, whole, dtype), panelAt(pass, whole), e.constant(1), deep,
                                    pass.depth, rest, e.constant(t.width()), rest});
          });
        });
    std::array<Value, 3> end = ends(g.m);
    for (int i = 0; i < 3; ++i) {
      int64_t height = t.heights[i];
      e.loop(i ? end[i - 1] : e.constant(0), end[i], height, [&](Value row) { emitRow(pass, block, row, height); });
    }
  }

  /// Where the tiles of each height end; tiles of a height follow each other, the tallest first.
  std::array<Value, 3> ends(Value rows) {
    Value rest = e.rem(rows, t.heights[0]), tall = e.div(rows, t.heights[0]);
    // A tile of one vector waits for its sums rather than for multiplications: as many rows as possible.
    Value isThin = e.less(g.n, e.constant(t.lanes + 1));
    Value fewer = e.select(isThin, e.constant(0), e.minimum(tall, e.bit(t.oneFewer, rest)));
    tall = e.add(e.sub(tall, fewer), e.select(isThin, e.bit(t.oneMoreThin, rest), e.bit(t.oneMore, rest)));
    std::array<Value, 3> end;
    end[0] = e.mul(tall, t.heights[0]);
    Value left = e.maximum(e.sub(rows, end[0]), e.constant(0));
    Value middle = e.div(e.add(left, e.constant(t.heights[1] - t.heights[2] - 1)), t.heights[1]);
    end[1] = e.add(end[0], e.mul(middle, t.heights[1]));
    left = e.maximum(e.sub(rows, end[1]), e.constant(0));
    Value low = e.quotientUp(left, t.heights[2]);
    end[2] = e.add(end[1], e.mul(low, t.heights[2]));
    return end;
  }

  /// The rows of one tile, panel after panel.
  void emitRow(const Pass &pass, Value block, Value first, int64_t height) {
    Value rest = e.sub(g.m, first), rows = e.minimum(rest, e.constant(height));
    Value inPlace = e.offset(g.left, e.add(e.mul(first, g.leftRow), e.mul(pass.first, g.leftDepth)), dtype);
    // Rows in place must all exist.
    Value isCopied = e.either(copiesLeft, e.less(rest, e.constant(height)));
    Value alongDepth = e.equal(g.leftDepth, 1);
    // Rows are a vector more than needed apart, so that they do not begin in one cache set.
    Value rowApart = e.mul(e.add(e.quotientUp(pass.depth, t.lanes), e.constant(1)), t.lanes);
    Value apart = e.select(alongDepth, rowApart, e.constant(t.tallVectors() * t.lanes));
    e.branch(isCopied, [&] {
      e.call(functions.copy, {inPlace, leftTile, g.leftRow, g.leftDepth, pass.depth, rows, apart, e.constant(height)});
    });
    Row row = {first, rest, e.select(isCopied, leftTile, inPlace),
               e.select(isCopied, e.select(alongDepth, apart, e.constant(1)), g.leftRow),
               e.select(isCopied, e.select(alongDepth, e.constant(1), apart), g.leftDepth)};
    Value below = e.offset(inPlace, e.mul(g.leftRow, height), dtype);
    e.loop(e.constant(0), pass.columns, t.width(), [&](Value column) {
      // Asked for in advance: one of the next tile's rows with each panel, or all with the first where rows are
      // neighbours.
      Value nextRow = e.select(alongDepth, e.minimum(e.div(column, t.width()), e.constant(height - 1)), e.constant(0));
      Value nextStep = e.select(e.either(alongDepth, e.equal(column, 0)), g.leftDepth, e.constant(0));
      emitTile(pass, block, row, height, column, e.offset(below, e.mul(nextRow, g.leftRow), dtype),
               e.mul(nextStep, static_cast<int64_t>(size_of(dtype))));
    });
    e.branch(pass.isLast, [&] { emitGemmEpilogue(e, g, first, rows, pass.column, pass.columns); });
  }

  void emitTile(const Pass &pass, Value block, const Row &row, int64_t height, Value column, Value nextLeft,
                Value nextStep) {
    Value columns = e.sub(pass.columns, column), following = e.add(column, e.constant(t.width()));
    Value isWide = e.less(e.constant(t.lanes), columns);
    Value isWhole = e.less(e.constant(t.width() - 1), columns);
    // In place: whole panels unless they are packed on the way, and up to one vector of columns, with a mask.
    Value isPacked = e.either(packsFirst, e.both(isWide, e.either(packsOnTheWay, e.negate(isWhole))));
    Value packed = panelAt(pass, column), source = e.offset(block, column, dtype);
    Value line = e.offset(g.out, e.add(e.mul(row.first, g.outRow), pass.column), compute);
    Value next = e.select(e.less(following, pass.columns), e.offset(line, following, compute),
                          e.offset(line, e.mul(g.outRow, height), compute));
    Value isFirst = mlir::arith::ExtUIOp::create(e.b, e.at, e.b.getI64Type(), e.equal(pass.number, 0));
    auto run = [&](mlir::func::FuncOp function, Value panel, Value panelRow) {
      Values arguments = {row.from,   panel,    e.offset(line, column, compute),
                          next,       nextLeft, row.row,
                          row.depth,  panelRow, g.outRow,
                          pass.depth, isFirst,  row.rest,
                          columns,    nextStep};
      if (function == functions.fill) arguments.push_back(packed);
      e.call(function, arguments);
    };
    auto useTile = [&] {
      Value panel = e.select(isPacked, packed, source);
      Value panelRow = e.select(isPacked, e.constant(t.width()), g.rightDepth);
      e.branch(
          isWide, [&] { run(functions.tiles.at({height, t.vectors}), panel, panelRow); },
          [&] { run(functions.tiles.at({height, 1}), panel, panelRow); });
    };
    if (height != t.heights[0] || !functions.fill) return useTile();
    e.branch(
        e.both(e.both(packsOnTheWay, isWhole), e.equal(row.first, 0)),
        [&] { run(functions.fill, source, g.rightDepth); }, useTile);
  }
};

}  // namespace

GemmOperands gemmOperandsOf(mlir::func::FuncOp routine) {
  GemmOperands g;
  Value *all[] = {&g.left,   &g.right,    &g.out,       &g.m,          &g.n,
                  &g.k,      &g.leftRow,  &g.leftDepth, &g.rightDepth, &g.rightColumn,
                  &g.outRow, &g.epilogue, &g.context,   &g.firstRow,   &g.firstColumn};
  for (auto [i, argument] : llvm::enumerate(all)) *argument = routine.getArgument(static_cast<unsigned>(i));
  return g;
}

int64_t gemmScratchBytes(const GemmTiles &t) {
  const int64_t elements = t.columns * t.depth, mostPanels = elements / t.leastDepth / t.width();
  return (elements + mostPanels * kPanelGap + t.lanes * t.width()) * static_cast<int64_t>(size_of(t.compute));
}

void emitGemmBlocks(GemmEmitter &e, const GemmFunctions &functions, const GemmOperands &given) {
  Blocks(e, functions, given).emit();
}

void emitGemmEpilogue(GemmEmitter &e, const GemmOperands &given, Value row, Value rows, Value column, Value columns) {
  Value null = LLVM::ZeroOp::create(e.b, e.at, e.pointerType());
  e.branch(LLVM::ICmpOp::create(e.b, e.at, LLVM::ICmpPredicate::ne, given.epilogue, null), [&] {
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
    Values arguments = {
        given.epilogue, given.context, firstRow, e.add(firstRow, rows), firstColumn, e.add(firstColumn, columns),
        sums,           apart};
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(e.b.getContext()),
                                            llvm::to_vector(mlir::ValueRange(arguments).drop_front().getTypes()));
    LLVM::CallOp::create(e.b, e.at, type, arguments);
  });
}

}  // namespace etch::codegen
