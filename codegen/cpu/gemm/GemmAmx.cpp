// The matrix product of bf16 where the processor has AMX: registers of sixteen rows of 64 bytes. One instruction adds
// 16 x 32 numbers of the left operand times 32 x 16 of the right one to 16 x 16 sums in f32.
//
// The right operand is packed into such tiles, pairs of the depth side by side, which is how the instruction takes it;
// so is the left one unless its rows make whole tiles where they lie. Blocks of 32 x 32 sums stay in four registers for
// a pass over the depth. An element is the sum, in the order of the depth, of parts of 32: the instruction adds the
// even and the odd products of a part for themselves, and flushes subnormals. So its bits depend on the depth alone,
// not on blocks or threads, but are others than without AMX; policy `strict` takes the other road
// (docs/decisions/0046).

#include "codegen/cpu/gemm/GemmAmx.h"

#include "codegen/cpu/gemm/GemmAmxParts.h"
#include "codegen/cpu/gemm/GemmBlocks.h"

namespace etch::codegen {

using mlir::Value;
namespace LLVM = mlir::LLVM;

namespace {

constexpr int64_t kSide = kAmxSide, kPart = kAmxPart, kPair = 2 * kAmxSide;
/// What is packed of the right operand at a time: 512 KiB, of a part of the depth (docs/decisions/0046).
constexpr int64_t kRightElements = int64_t{1} << 18, kDeepest = 4096, kMostColumns = 2048;
/// Where a row of tiles reads it, what stays in L1 (table in docs/decisions/0046-bfloat16.md).
constexpr int64_t kFewRows = kAmxSide, kFewDeepest = 128, kFewColumns = 64;
/// Rows after which the parts of the depth begin again, so that their sums stay in L2 (docs/decisions/0046).
constexpr int64_t kRowsOfParts = 512;
/// The depth of a pass, in which two rows of left tiles stay in L1: of rows in place, and of copies
/// (docs/decisions/0046).
constexpr int64_t kPass = 512, kCopiedPass = 256;
/// Rows a multiple of so many bytes apart share sets of the cache: copied for so many columns (docs/decisions/0046).
constexpr int64_t kSetsBytes = 2048, kManyColumns = 256;
constexpr int64_t kLeftBytes = kPair * kPass * 2, kRightBytes = kRightElements * 2;
/// Of 512 rows and the 96 columns that are packed where there are several parts; of 32 rows otherwise
/// (docs/decisions/0046).
constexpr int64_t kSumBytes = kRowsOfParts * 96 * 4;

class AmxEmitter {
 public:
  AmxEmitter(GemmEmitter &e, mlir::func::FuncOp routine) : e(e), routine(routine) {}

  void emit() {
    const std::string name = routine.getName().str();
    packLeft = emitAmxLeft(e, name);
    packRight = emitAmxRight(e, name);
    for (int64_t height : {1, 2})
      for (int64_t width : {1, 2}) tiles[height - 1][width - 1] = emitAmxTiles(e, name, height, width);
    emitRoutine();
  }

 private:
  GemmEmitter &e;
  mlir::func::FuncOp routine, packLeft, packRight, tiles[2][2];
  GemmOperands g;
  Value zero, one;
  Value leftMemory, rightMemory, sumMemory;
  Value isLaidOut, isInPlace;
  Value parts, partDepth, columnsPer;  ///< of the depth, and of the columns that are packed together

  /// Rows and columns of the result and a part of the depth.
  struct Block {
    Value row, rows, column, columns;
    Value first, depth;  ///< of the depth
    Value isFirst, isLast;
    Value right, rightGroup;  ///< its right tiles
  };

  /// Eight registers of sixteen rows of 64 bytes.
  void configure() {
    llvm::SmallVector<int8_t> table(64, 0);
    table[0] = 1;  // the palette
    for (int64_t i = 0; i < 8; ++i) table[16 + 2 * i] = kAmxRowBytes, table[48 + i] = kSide;
    Value place = e.stack(64, DType::u8);
    Value bytes = mlir::arith::ConstantOp::create(
        e.b, e.at,
        mlir::DenseElementsAttr::get(mlir::VectorType::get({64}, e.b.getI8Type()), llvm::ArrayRef<int8_t>(table)));
    LLVM::StoreOp::create(e.b, e.at, bytes, place, 64);
    emitX86(e, "ldtilecfg", {place});
  }

  /// A share of the depth in whole steps.
  Value share(Value depth, Value count) { return e.mul(e.quotientUp(e.quotientUp(depth, count), kPart), kPart); }
  Value wide(Value condition) { return mlir::arith::ExtUIOp::create(e.b, e.at, e.b.getI64Type(), condition); }

  /// What is packed together, and what is read in place.
  void decide() {
    isLaidOut = e.equal(g.rightDepth, 0);
    Value isLow = e.both(e.negate(isLaidOut), e.less(g.m, e.constant(kFewRows + 1)));
    // At least one part, so that an empty sum is stored as 0.
    parts = e.maximum(e.quotientUp(g.k, e.select(isLow, e.constant(kFewDeepest), e.constant(kDeepest))), one);
    partDepth = e.maximum(share(g.k, parts), e.constant(kPart));
    Value fitting = e.mul(e.div(e.constant(kRightElements / kPair), partDepth), kPair);
    columnsPer = e.select(isLow, e.constant(kFewColumns), e.minimum(fitting, e.constant(kMostColumns)));
    Value crowds = e.both(e.equal(e.rem(e.mul(g.leftRow, 2), kSetsBytes), 0), e.less(e.constant(kManyColumns), g.n));
    isInPlace = e.both(e.both(e.equal(g.leftDepth, 1), e.equal(e.rem(g.k, kPart), 0)), e.negate(crowds));
  }

  void emitRoutine() {
    e.b.setInsertionPointToStart(routine.addEntryBlock());
    g = argumentsOf<GemmOperands>(routine);
    zero = e.constant(0), one = e.constant(1);
    configure();
    leftMemory = e.scratch(kLeftBytes + kRightBytes + kSumBytes);
    rightMemory = e.offsetBytes(leftMemory, e.constant(kLeftBytes));
    sumMemory = e.offsetBytes(leftMemory, e.constant(kLeftBytes + kRightBytes));
    decide();
    Value isOnePart = e.less(parts, e.constant(2));
    Value rowsPer = e.select(isOnePart, e.maximum(g.m, one), e.constant(kRowsOfParts));
    e.loop(zero, g.n, columnsPer, {}, [&](Value column, mlir::ValueRange) {
      Block block;
      block.column = column, block.columns = e.minimum(columnsPer, e.sub(g.n, column));
      e.loop(zero, g.m, rowsPer, {}, [&](Value row, mlir::ValueRange) {
        block.row = row, block.rows = e.minimum(rowsPer, e.sub(g.m, row));
        e.loop(zero, parts, 1, [&](Value part) {
          block.first = e.mul(part, partDepth);
          block.depth = e.maximum(e.minimum(partDepth, e.sub(g.k, block.first)), zero);
          block.isFirst = e.equal(part, 0), block.isLast = e.less(e.sub(parts, part), e.constant(2));
          emitBlock(block);
        });
        return Values();
      });
      return Values();
    });
    emitX86(e, "tilerelease", {});
    e.end();
  }

  void emitBlock(Block &block) {
    Value packed = e.mul(e.quotientUp(block.depth, kPart), kAmxTileBytes);
    e.branch(e.negate(isLaidOut), [&] {
      Value at = e.add(e.mul(block.column, g.rightColumn), e.mul(block.first, g.rightDepth));
      e.call(packRight, {e.offset(g.right, at, DType::bf16), rightMemory, g.rightColumn, g.rightDepth, block.depth,
                         block.columns});
    });
    Value panels = e.add(e.mul(e.div(block.column, kSide), g.rightColumn), e.mul(block.first, kSide));
    block.right = e.select(isLaidOut, e.offset(g.right, panels, DType::bf16), rightMemory);
    block.rightGroup = e.select(isLaidOut, e.mul(g.rightColumn, 2), packed);
    Value pass = e.select(isInPlace, e.constant(kPass), e.constant(kCopiedPass));
    Value passes = e.maximum(e.quotientUp(block.depth, pass), one), passDepth = share(block.depth, passes);
    e.loop(zero, block.rows, kPair, [&](Value row) {
      Value rows = e.minimum(e.sub(block.rows, row), e.constant(kPair));
      e.loop(zero, passes, 1, [&](Value number) {
        Value first = e.mul(number, passDepth);
        Value depth = e.maximum(e.minimum(passDepth, e.sub(block.depth, first)), zero);
        Value isFirst = e.both(block.isFirst, e.equal(number, 0));
        Value isLast = e.both(block.isLast, e.less(e.sub(passes, number), e.constant(2)));
        emitPass(block, row, rows, first, depth, isFirst, isLast);
      });
      e.branch(block.isLast, [&] { emitGemmEpilogue(e, g, e.add(block.row, row), rows, block.column, block.columns); });
    });
  }

  /// Two rows of tiles along a pass over the depth: their part of the left operand stays in L1, the right one in L2.
  void emitPass(const Block &block, Value row, Value rows, Value first, Value depth, Value isFirst, Value isLast) {
    Value line = e.add(block.row, row), p = e.add(block.first, first);
    Value left = e.offset(g.left, e.add(e.mul(line, g.leftRow), e.mul(p, g.leftDepth)), DType::bf16);
    Value inPlace = e.both(isInPlace, e.equal(e.rem(rows, kSide), 0));
    e.branch(e.negate(inPlace), [&] { e.call(packLeft, {left, leftMemory, g.leftRow, g.leftDepth, depth, rows}); });
    AmxArguments t;
    t.steps = e.quotientUp(depth, kPart);
    Value rowBytes = e.mul(g.leftRow, 2);
    t.left = e.select(inPlace, left, leftMemory);
    t.leftStep = e.select(inPlace, e.constant(kAmxRowBytes), e.constant(kAmxTileBytes));
    t.leftRow = e.select(inPlace, rowBytes, e.constant(kAmxRowBytes));
    t.leftGroup = e.select(inPlace, e.mul(rowBytes, kSide), e.mul(t.steps, kAmxTileBytes));
    t.rightGroup = block.rightGroup, t.outRow = g.outRow, t.rows = rows;
    t.isFirst = wide(isFirst), t.isLast = wide(isLast);
    Value right = e.offsetBytes(block.right, e.mul(e.div(first, kPart), kAmxTileBytes));
    Value out = e.offset(g.out, e.add(e.mul(line, g.outRow), block.column), DType::bf16);
    // Sums of all columns that are packed together wait for the next pass, those of all rows for the next part.
    Value perRow = e.div(columnsPer, kPair), number = e.mul(e.div(row, kPair), perRow);
    Value isAlone = e.both(isFirst, isLast), waitsForParts = e.less(one, parts);
    Value sumRow = e.select(waitsForParts, number, zero);
    e.loop(zero, block.columns, kPair, [&](Value c) {
      t.right = e.offsetBytes(right, e.mul(e.div(c, kSide), t.rightGroup));
      Value place = e.mul(e.add(sumRow, e.div(c, kPair)), 4 * kAmxTileBytes);
      t.sums = e.offsetBytes(sumMemory, e.select(isAlone, zero, place));
      t.out = e.offset(out, c, DType::bf16);
      t.columns = e.minimum(e.sub(block.columns, c), e.constant(kPair));
      const Values arguments = valuesOf(t);
      auto ofHeight = [&](int64_t height) {
        e.branch(
            e.less(e.constant(kSide), t.columns), [&] { e.call(tiles[height - 1][1], arguments); },
            [&] { e.call(tiles[height - 1][0], arguments); });
      };
      e.branch(e.less(e.constant(kSide), rows), [&] { ofHeight(2); }, [&] { ofHeight(1); });
    });
  }
};

}  // namespace

bool hasAmxProduct(const VectorUnit &unit, DType dtype, Policy policy) {
  return unit.amx && dtype == DType::bf16 && policy != Policy::strict;
}

void emitAmxProduct(GemmEmitter &e, mlir::func::FuncOp routine) { AmxEmitter(e, routine).emit(); }

}  // namespace etch::codegen
