// Operands as tiles of AMX take them.

#include "codegen/cpu/elements/TransposedTile.h"
#include "codegen/cpu/gemm/GemmAmxParts.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using mlir::Value;
namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;

namespace {

constexpr int64_t kSide = kAmxSide, kPart = kAmxPart;

class AmxPack {
 public:
  AmxPack(GemmEmitter &e, const std::string &name) : e(e) {
    function = e.begin(name, 2, 4);
    mlir::Block &entry = function.getBody().front();
    from = entry.getArgument(0), to = entry.getArgument(1), across = entry.getArgument(2), deep = entry.getArgument(3);
    depth = entry.getArgument(4), lines = entry.getArgument(5);
    zero = e.constant(0), one = e.constant(1), steps = e.quotientUp(depth, kPart),
    groupBytes = e.mul(steps, kAmxTileBytes);
  }

  mlir::func::FuncOp emit(bool isLeft) {
    e.branch(e.equal(deep, 1), [&] { isLeft ? copyRows() : turnColumns(); }, [&] { zipRows(isLeft); });
    e.end();
    return function;
  }

 private:
  GemmEmitter &e;
  mlir::func::FuncOp function;
  Value from, to, across, deep, depth, lines, zero, one, steps, groupBytes;

  mlir::VectorType vector(int64_t lanes, unsigned bits) {
    return mlir::VectorType::get({lanes}, e.b.getIntegerType(bits));
  }
  Value numbers(int64_t lanes, Value mask, Value line, Value p) {
    Value address = e.offset(from, e.add(e.mul(line, across), e.mul(p, deep)), DType::bf16);
    mlir::VectorType type = vector(lanes, 16);
    if (!mask) return LLVM::LoadOp::create(e.b, e.at, type, address, 2);
    return LLVM::MaskedLoadOp::create(e.b, e.at, type, address, mask, splatConstant(e.b, e.at, type, int64_t{0}), 2);
  }
  /// The first `count` of so many lanes.
  Value mask(int64_t lanes, Value count) {
    auto positions = llvm::to_vector(llvm::seq<int16_t>(static_cast<int16_t>(lanes)));
    mlir::VectorType type = vector(lanes, 16);
    Value lane =
        arith::ConstantOp::create(e.b, e.at, mlir::DenseElementsAttr::get(type, llvm::ArrayRef<int16_t>(positions)));
    Value limit = arith::TruncIOp::create(e.b, e.at, e.b.getI16Type(), e.minimum(count, e.constant(lanes)));
    return arith::CmpIOp::create(e.b, e.at, arith::CmpIPredicate::slt, lane,
                                 mlir::vector::BroadcastOp::create(e.b, e.at, type, limit));
  }
  /// Pairs of sixteen elements of two vectors, from the one at `begin` on.
  Value zipped(Value even, Value odd, int64_t begin) {
    llvm::SmallVector<int64_t> order;
    for (int64_t i = begin; i < begin + kSide; ++i) order.append({i, 2 * kSide + i});
    Value pairs = mlir::vector::ShuffleOp::create(e.b, e.at, even, odd, order);
    return LLVM::BitcastOp::create(e.b, e.at, vector(kSide, 32), pairs);
  }
  Value tileAt(Value group, Value step) {
    return e.offsetBytes(to, e.add(e.mul(group, groupBytes), e.mul(step, kAmxTileBytes)));
  }
  /// Whole parts of the depth, and what is left of it with a mask.
  void overParts(llvm::function_ref<void(Value step, Value mask)> body) {
    Value whole = e.div(depth, kPart), rest = e.rem(depth, kPart);
    e.loop(zero, whole, 1, [&](Value step) { body(step, {}); });
    e.branch(e.less(zero, rest), [&] { body(whole, mask(kPart, rest)); });
  }

  /// Left lines along the depth: a row of a tile is a part of one.
  void copyRows() {
    e.loop(zero, lines, 1, [&](Value line) {
      Value first = e.offset(tileAt(e.div(line, kSide), zero), e.mul(e.rem(line, kSide), kAmxRowBytes), DType::u8);
      overParts([&](Value step, Value mask) {
        storeRow(numbers(kPart, mask, line, e.mul(step, kPart)), e.offsetBytes(first, e.mul(step, kAmxTileBytes)));
      });
    });
  }

  /// Columns along the depth: sixteen by sixteen pairs are turned. Those too many are the last one again.
  void turnColumns() {
    Value last = e.sub(lines, one);
    e.loop(zero, e.quotientUp(lines, kSide), 1, [&](Value group) {
      overParts([&](Value step, Value mask) {
        Values rows;
        for (int64_t i = 0; i < kSide; ++i) {
          Value line = e.minimum(e.add(e.mul(group, kSide), e.constant(i)), last);
          Value pairs = numbers(kPart, mask, line, e.mul(step, kPart));
          rows.push_back(LLVM::BitcastOp::create(e.b, e.at, vector(kSide, 32), pairs));
        }
        storeTile(transposed(e.b, e.at, rows), tileAt(group, step));
      });
    });
  }

  /// Lines that are neighbours: two groups of them at a time, from two rows, are a row of two tiles. That is how right
  /// tiles are; left ones are turned then.
  void zipRows(bool isLeft) {
    e.loop(zero, steps, 1, [&](Value step) {
      e.loop(zero, lines, 2 * kSide, [&](Value line) {
        Value p = e.mul(step, kPart), depthLeft = e.sub(depth, p), linesLeft = e.sub(lines, line);
        Value group = e.div(line, kSide), tiles[2] = {tileAt(group, step), tileAt(e.add(group, one), step)};
        auto row = [&](Value number, Value mask) { return numbers(2 * kSide, mask, line, e.add(p, number)); };
        auto store = [&](Value even, Value odd, Value number) {
          for (int64_t side : {0, 1})
            storeRow(zipped(even, odd, side * kSide), e.offsetBytes(tiles[side], e.mul(number, kAmxRowBytes)));
        };
        auto zip = [&](Value number, Value mask) {
          Value even = e.mul(number, 2);
          store(row(even, mask), row(e.add(even, one), mask), number);
        };
        e.branch(
            e.both(e.less(e.constant(2 * kSide - 1), linesLeft), e.less(e.constant(kPart - 1), depthLeft)),
            [&] {
              for (int64_t i = 0; i < kSide; ++i) zip(e.constant(i), {});
            },
            [&] {
              Value lanes = mask(2 * kSide, linesLeft), rows = e.minimum(depthLeft, e.constant(kPart));
              Value none = splatConstant(e.b, e.at, vector(2 * kSide, 16), int64_t{0}), pairs = e.div(rows, 2);
              e.loop(zero, pairs, 1, [&](Value number) { zip(number, lanes); });
              e.branch(e.less(e.mul(pairs, 2), rows), [&] { store(row(e.mul(pairs, 2), lanes), none, pairs); });
              e.loop(e.quotientUp(rows, 2), e.constant(kSide), 1, [&](Value number) { store(none, none, number); });
            });
        if (!isLeft) return;
        for (Value tile : tiles) {
          Values rows;
          for (int64_t i = 0; i < kSide; ++i)
            rows.push_back(LLVM::LoadOp::create(e.b, e.at, vector(kSide, 32), rowOf(tile, i), 64));
          storeTile(transposed(e.b, e.at, rows), tile);
        }
      });
    });
  }

  Value rowOf(Value tile, int64_t number) { return e.offset(tile, number * kAmxRowBytes, DType::u8); }
  void storeRow(Value row, Value address) { LLVM::StoreOp::create(e.b, e.at, row, address, 64); }
  void storeTile(const Values &rows, Value tile) {
    for (auto [i, row] : llvm::enumerate(rows)) storeRow(row, rowOf(tile, static_cast<int64_t>(i)));
  }
};

}  // namespace

mlir::func::FuncOp emitAmxLeft(GemmEmitter &e, llvm::StringRef routine) {
  return AmxPack(e, (routine + ".left").str()).emit(true);
}
mlir::func::FuncOp emitAmxRight(GemmEmitter &e, llvm::StringRef routine) {
  return AmxPack(e, (routine + ".right").str()).emit(false);
}

}  // namespace etch::codegen
