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

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/gemm/GemmBlocks.h"
#include "codegen/cpu/gemm/GemmRoutine.h"
#include "codegen/cpu/elements/TransposedTile.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using mlir::Value;
namespace LLVM = mlir::LLVM;

namespace {

constexpr int64_t kSide = kAmxSide, kPart = kAmxPart;
constexpr int64_t kTileBytes = 1024, kTileRowBytes = 64;
/// What is packed at a time: 1 MiB a side. With a depth of 512, 1024^3 took 1.15 times as long, 2048^3 1.2 times,
/// because the right operand is packed again for each block of rows when there are several passes over the depth.
constexpr int64_t kRows = 512, kColumns = 512, kDepth = 1024;
/// A panel more on the right: tiles come in pairs.
constexpr int64_t kLeftBytes = kRows * kDepth * 2, kRightBytes = (kColumns + kSide) * kDepth * 2,
                  kSumBytes = kRows * kColumns * 4;

class AmxEmitter {
 public:
  AmxEmitter(GemmEmitter &e, mlir::func::FuncOp routine) : e(e), routine(routine), name(routine.getName()) {}

  void emit() {
    packLeft = emitPack(true);
    packRight = emitPack(false);
    for (int64_t height : {1, 2}) tiles[height - 1] = emitTiles(height);
    emitRoutine();
  }

 private:
  GemmEmitter &e;
  mlir::func::FuncOp routine, packLeft, packRight, tiles[2];
  std::string name;

  mlir::VectorType vector(int64_t lanes, unsigned bits) {
    return mlir::VectorType::get({lanes}, e.b.getIntegerType(bits));
  }

  //===-- Packing --------------------------------------------------------------------------------------------===//

  /// `lanes` neighbours of sixteen bits; zeros from `count` on unless everything is there.
  Value load(Value address, int64_t lanes, Value count) {
    mlir::VectorType type = vector(lanes, 16);
    if (!count) return LLVM::LoadOp::create(e.b, e.at, type, address, 2);
    auto positions = llvm::to_vector(llvm::seq<int16_t>(static_cast<int16_t>(lanes)));
    Value lane = mlir::arith::ConstantOp::create(
        e.b, e.at, mlir::DenseElementsAttr::get(type, llvm::ArrayRef<int16_t>(positions)));
    Value limit = mlir::arith::TruncIOp::create(e.b, e.at, e.b.getI16Type(),
                                                e.minimum(e.maximum(count, e.constant(0)), e.constant(lanes)));
    Value mask = mlir::arith::CmpIOp::create(e.b, e.at, mlir::arith::CmpIPredicate::slt, lane,
                                             mlir::vector::BroadcastOp::create(e.b, e.at, type, limit));
    return LLVM::MaskedLoadOp::create(e.b, e.at, type, address, mask, splatConstant(e.b, e.at, type, int64_t{0}), 2);
  }

  ///   pack(from, to, across, deep, depth, lines)
  /// to[line / 16][p / 32] is a tile of 16 lines by 16 pairs of the depth: a row a line in left tiles, a row a pair in
  /// right ones. Numbers beyond the depth are 0; tiles may hold anything where there are no lines.
  mlir::func::FuncOp emitPack(bool isLeft) {
    auto function = e.begin(name + (isLeft ? ".left" : ".right"), 2, 4);
    mlir::Block &entry = function.getBody().front();
    Value from = entry.getArgument(0), to = entry.getArgument(1), across = entry.getArgument(2),
          deep = entry.getArgument(3), depth = entry.getArgument(4), lines = entry.getArgument(5);
    Value zero = e.constant(0), steps = e.quotientUp(depth, kPart), groups = e.quotientUp(lines, kSide);
    auto address = [&](Value line, Value p) {
      return e.offset(from, e.add(e.mul(line, across), e.mul(p, deep)), DType::bf16);
    };
    /// Sixteen vectors of sixteen pairs; `turn` when a vector holds what a row of the tile does not.
    auto pack = [&](Value group, Value step, bool turn, llvm::function_ref<Value(int64_t i, bool isWhole)> read) {
      Value line = e.mul(group, kSide), p = e.mul(step, kPart);
      Value place = e.offsetBytes(to, e.mul(e.add(e.mul(group, steps), step), kTileBytes));
      auto copy = [&](bool isWhole) {
        Values rows;
        for (int64_t i = 0; i < kSide; ++i) rows.push_back(read(i, isWhole));
        if (turn) rows = transposed(e.b, e.at, rows);
        for (auto [i, row] : llvm::enumerate(rows))
          LLVM::StoreOp::create(e.b, e.at, row, e.offset(place, static_cast<int64_t>(i) * kTileRowBytes, DType::u8),
                                64);
      };
      Value isWhole =
          e.both(e.less(e.add(line, e.constant(kSide - 1)), lines), e.less(e.add(p, e.constant(kPart - 1)), depth));
      e.branch(isWhole, [&] { copy(true); }, [&] { copy(false); });
    };
    e.branch(
        e.equal(deep, 1),
        [&] {
          // A line's numbers are neighbours, so are its pairs.
          e.loop(zero, groups, 1, [&](Value group) {
            e.loop(zero, steps, 1, [&](Value step) {
              Value p = e.mul(step, kPart);
              pack(group, step, !isLeft, [&](int64_t i, bool isWhole) -> Value {
                Value line = e.add(e.mul(group, kSide), e.constant(i));
                Value count = isWhole ? Value() : e.select(e.less(line, lines), e.sub(depth, p), zero);
                return LLVM::BitcastOp::create(e.b, e.at, vector(kSide, 32), load(address(line, p), kPart, count));
              });
            });
          });
        },
        [&] {
          // Lines are neighbours: pairs come from two places.
          e.loop(zero, steps, 1, [&](Value step) {
            e.loop(zero, groups, 1, [&](Value group) {
              Value line = e.mul(group, kSide);
              pack(group, step, isLeft, [&](int64_t i, bool isWhole) -> Value {
                Value halves[2];
                for (int64_t odd : {0, 1}) {
                  Value p = e.add(e.mul(step, kPart), e.constant(2 * i + odd));
                  Value count = isWhole ? Value() : e.select(e.less(p, depth), e.sub(lines, line), zero);
                  halves[odd] =
                      mlir::arith::ExtUIOp::create(e.b, e.at, vector(kSide, 32), load(address(line, p), kSide, count));
                }
                Value shift = splatConstant(e.b, e.at, halves[1].getType(), int64_t{16});
                return e.either(halves[0], mlir::arith::ShLIOp::create(e.b, e.at, halves[1], shift));
              });
            });
          });
        });
    e.end();
    return function;
  }

  //===-- Tiles ----------------------------------------------------------------------------------------------===//

  /// Instructions name their registers: 0 to 3 are sums (rows by columns), 4 and 5 left tiles, 6 and 7 right ones.
  Value tile(int64_t number) { return LLVM::ConstantOp::create(e.b, e.at, e.b.getI8IntegerAttr(number)); }
  void intrinsic(llvm::StringRef intrinsic, mlir::ValueRange arguments) {
    LLVM::CallIntrinsicOp::create(e.b, e.at, e.b.getStringAttr(("llvm.x86." + intrinsic).str()), arguments);
  }
  void loadTile(int64_t number, Value address, Value rowBytes = {}) {
    intrinsic("tileloadd64", {tile(number), address, rowBytes ? rowBytes : e.constant(kTileRowBytes)});
  }

  ///   tiles(left, right, sums, leftGroup, rightGroup, steps, isFirst, leftStep, leftRow)
  /// adds `steps` parts to blocks of height x 2 tiles of sums, or begins with 0 when isFirst is 1. Groups are that many
  /// bytes apart, so are a left tile and the one of the next step, and the rows of one.
  mlir::func::FuncOp emitTiles(int64_t height) {
    auto function = e.begin(name + ".tiles" + std::to_string(height), 3, 6);
    mlir::Block &entry = function.getBody().front();
    Value left = entry.getArgument(0), right = entry.getArgument(1), sums = entry.getArgument(2),
          leftGroup = entry.getArgument(3), rightGroup = entry.getArgument(4), steps = entry.getArgument(5),
          isFirst = entry.getArgument(6), leftStep = entry.getArgument(7), leftRow = entry.getArgument(8);
    auto sum = [&](int64_t number) { return e.offset(sums, number * kTileBytes, DType::u8); };
    e.branch(
        e.equal(isFirst, 1),
        [&] {
          for (int64_t i = 0; i < 2 * height; ++i) intrinsic("tilezero", {tile(i)});
        },
        [&] {
          for (int64_t i = 0; i < 2 * height; ++i) loadTile(i, sum(i));
        });
    e.loop(e.constant(0), steps, 1, [&](Value step) {
      Value rows = e.offsetBytes(left, e.mul(step, leftStep)), columns = e.offsetBytes(right, e.mul(step, kTileBytes));
      loadTile(6, columns);
      loadTile(4, rows, leftRow);
      intrinsic("tdpbf16ps", {tile(0), tile(4), tile(6)});
      loadTile(7, e.offsetBytes(columns, rightGroup));
      intrinsic("tdpbf16ps", {tile(1), tile(4), tile(7)});
      if (height == 1) return;
      loadTile(5, e.offsetBytes(rows, leftGroup), leftRow);
      intrinsic("tdpbf16ps", {tile(2), tile(5), tile(6)});
      intrinsic("tdpbf16ps", {tile(3), tile(5), tile(7)});
    });
    for (int64_t i = 0; i < 2 * height; ++i) intrinsic("tilestored64", {tile(i), sum(i), e.constant(kTileRowBytes)});
    e.end();
    return function;
  }

  /// Eight registers of sixteen rows of 64 bytes.
  void configure() {
    llvm::SmallVector<int8_t> table(64, 0);
    table[0] = 1;  // the palette
    for (int64_t i = 0; i < 8; ++i) table[16 + 2 * i] = kTileRowBytes, table[48 + i] = kSide;
    Value place = e.stack(64, DType::u8);
    Value bytes = mlir::arith::ConstantOp::create(
        e.b, e.at, mlir::DenseElementsAttr::get(vector(64, 8), llvm::ArrayRef<int8_t>(table)));
    LLVM::StoreOp::create(e.b, e.at, bytes, place, 64);
    intrinsic("ldtilecfg", {place});
  }

  //===-- Blocks ---------------------------------------------------------------------------------------------===//

  void emitRoutine() {
    e.b.setInsertionPointToStart(routine.addEntryBlock());
    const GemmOperands g = gemmOperandsOf(routine);
    const auto &[left, right, out, m, n, k, leftRow, leftDepth, rightDepth, rightColumn, outRow, epilogue, context,
                 firstRow, firstColumn, leftMaker, rightMaker, turned] = g;
    Value zero = e.constant(0), one = e.constant(1);
    configure();
    Value leftMemory = e.scratch(kLeftBytes + kRightBytes + kSumBytes);
    Value rightMemory = e.offsetBytes(leftMemory, e.constant(kLeftBytes));
    Value sumMemory = e.offsetBytes(leftMemory, e.constant(kLeftBytes + kRightBytes));
    // At least one pass, so that an empty sum is stored as 0.
    Value passes = e.maximum(e.quotientUp(k, kDepth), one), isOnePass = e.equal(passes, 1);
    Value isLaidOut = e.equal(rightDepth, 0);
    e.loop(zero, n, kColumns, [&](Value column) {
      Value columns = e.minimum(e.constant(kColumns), e.sub(n, column));
      e.loop(zero, m, kRows, [&](Value row) {
        Value rows = e.minimum(e.constant(kRows), e.sub(m, row));
        e.loop(zero, passes, 1, [&](Value pass) {
          Value first = e.mul(pass, kDepth), depth = e.minimum(e.constant(kDepth), e.sub(k, first));
          Value steps = e.quotientUp(depth, kPart), groupBytes = e.mul(steps, kTileBytes);
          Value isFirst = e.equal(pass, 0), isLast = e.less(e.sub(passes, pass), e.constant(2));
          auto source = [&](Value operand, Value line, Value across, Value deep) {
            return e.offset(operand, e.add(e.mul(line, across), e.mul(first, deep)), DType::bf16);
          };
          // What is packed serves all rows unless other depths come between.
          e.branch(e.both(e.negate(isLaidOut), e.either(e.negate(isOnePass), e.equal(row, 0))), [&] {
            e.call(packRight, {source(right, column, rightColumn, rightDepth), rightMemory, rightColumn, rightDepth,
                               depth, columns});
          });
          Value panels =
              e.offset(right, e.add(e.mul(e.div(column, kSide), rightColumn), e.mul(first, kSide)), DType::bf16);
          Value rightTiles = e.select(isLaidOut, panels, rightMemory);
          Value rightGroup = e.select(isLaidOut, e.mul(rightColumn, 2), groupBytes);
          // Rows of whole tiles are read where they lie.
          Value rowsAt = source(left, row, leftRow, leftDepth);
          Value areWhole = e.both(e.equal(e.rem(rows, kSide), 0), e.equal(e.rem(depth, kPart), 0));
          Value isInPlace = e.both(e.equal(leftDepth, 1), areWhole);
          e.branch(e.negate(isInPlace),
                   [&] { e.call(packLeft, {rowsAt, leftMemory, leftRow, leftDepth, depth, rows}); });
          Value leftTiles = e.select(isInPlace, rowsAt, leftMemory), rowBytes = e.mul(leftRow, 2);
          Value leftGroup = e.select(isInPlace, e.mul(rowBytes, kSide), groupBytes);
          Value leftStep = e.select(isInPlace, e.constant(kTileRowBytes), e.constant(kTileBytes));
          rowBytes = e.select(isInPlace, rowBytes, e.constant(kTileRowBytes));
          e.loop(zero, columns, 2 * kSide, [&](Value c) {
            e.loop(zero, rows, 2 * kSide, [&](Value r) {
              Value number = e.add(e.mul(e.div(c, 2 * kSide), kRows / (2 * kSide)), e.div(r, 2 * kSide));
              Value sums = e.offsetBytes(sumMemory, e.select(isOnePass, zero, e.mul(number, 4 * kTileBytes)));
              auto group = [&](Value memory, Value line, Value apart) {
                return e.offsetBytes(memory, e.mul(e.div(line, kSide), apart));
              };
              Values arguments = {group(leftTiles, r, leftGroup),
                                  group(rightTiles, c, rightGroup),
                                  sums,
                                  leftGroup,
                                  rightGroup,
                                  steps,
                                  mlir::arith::ExtUIOp::create(e.b, e.at, e.b.getI64Type(), isFirst),
                                  leftStep,
                                  rowBytes};
              e.branch(
                  e.less(e.constant(kSide), e.sub(rows, r)), [&] { e.call(tiles[1], arguments); },
                  [&] { e.call(tiles[0], arguments); });
              e.branch(isLast, [&] {
                Value target = e.offset(out, e.add(e.mul(e.add(row, r), outRow), e.add(column, c)), DType::bf16);
                store(sums, target, outRow, e.minimum(e.sub(rows, r), e.constant(2 * kSide)), e.sub(columns, c));
              });
            });
          });
        });
        emitGemmEpilogue(e, g, row, rows, column, columns);
      });
    });
    intrinsic("tilerelease", {});
    e.end();
  }

  /// Rounds a block of sums: rows by columns of its four tiles.
  void store(Value sums, Value target, Value outRow, Value rows, Value columns) {
    e.loop(e.constant(0), rows, 1, [&](Value r) {
      // Row r of a tile; the second row of tiles follows after two tiles.
      Value place = e.add(e.mul(e.div(r, kSide), 2 * kTileBytes), e.mul(e.rem(r, kSide), kTileRowBytes));
      Value line = e.offsetBytes(sums, place), to = e.offset(target, e.mul(r, outRow), DType::bf16);
      for (int64_t v = 0; v < 2; ++v) {
        Value sum = e.load(e.offset(line, v * kTileBytes, DType::u8), DType::f32);
        e.store(emitCast(e.b, e.at, sum, DType::f32, DType::bf16), e.offset(to, v * kSide, DType::bf16), DType::bf16,
                e.mask(e.sub(columns, e.constant(v * kSide))));
      }
    });
  }
};

}  // namespace

bool hasAmxProduct(const VectorUnit &unit, DType dtype, Policy policy) {
  return unit.amx && dtype == DType::bf16 && policy != Policy::strict;
}

void emitAmxProduct(GemmEmitter &e, mlir::func::FuncOp routine) { AmxEmitter(e, routine).emit(); }

}  // namespace etch::codegen
