// Tiles of AMX on processors that have none but multiply pairs of bf16 in vectors: a row of a right tile, sixteen
// columns of a pair of the depth, times a pair of the left operand in all lanes. Eight rows of one or two tiles stay in
// registers for a pass over the depth. The instruction adds the odd product of a pair, then the even one, and flushes
// subnormals, so that an element's bits depend on the depth alone here, too.

#include "codegen/cpu/gemm/GemmAmxParts.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using mlir::Value;
namespace LLVM = mlir::LLVM;

namespace {

constexpr int64_t kRows = 8;  ///< sixteen sums of two columns of tiles, two rows of right tiles, a pair of the left one

class PairTiles {
 public:
  PairTiles(GemmEmitter &e, int64_t height, int64_t width) : e(e), height(height), width(width) {}

  mlir::func::FuncOp emit(llvm::StringRef routine) {
    auto function = beginAmxTiles(e, routine, height, width, t);
    Value zero = e.constant(0);
    e.branch(e.equal(t.isFirst, 1), [&] {
      e.loop(zero, e.constant(height * width * kAmxTileBytes), kAmxRowBytes,
             [&](Value byte) { e.store(e.zeros(DType::f32), e.offsetBytes(t.sums, byte), DType::f32); });
    });
    e.loop(zero, t.rows, kRows, [&](Value row) { emitRows(row); });
    e.branch(e.equal(t.isLast, 1), [&] { emitRoundedTiles(e, t, height, width); });
    e.end();
    return function;
  }

 private:
  GemmEmitter &e;
  const int64_t height, width;
  AmxArguments t;

  void emitRows(Value row) {
    Value group = e.div(row, kAmxSide), inTile = e.rem(row, kAmxSide), zero = e.constant(0);
    Value left = e.offsetBytes(t.left, e.add(e.mul(group, t.leftGroup), e.mul(inTile, t.leftRow)));
    Value first = e.offsetBytes(t.sums, e.add(e.mul(group, width * kAmxTileBytes), e.mul(inTile, kAmxRowBytes)));
    auto sumAt = [&](int64_t i) {
      return e.offset(first, i % width * kAmxTileBytes + i / width * kAmxRowBytes, DType::u8);
    };
    const LineAddresses lines(e, t.leftRow);
    Values sums;
    for (int64_t i = 0; i < kRows * width; ++i) sums.push_back(e.load(sumAt(i), DType::f32));
    sums = e.loop(zero, t.steps, e.constant(1), sums, [&](Value step, mlir::ValueRange carried) {
      Value rows = e.offsetBytes(left, e.mul(step, t.leftStep));
      Value right = e.offsetBytes(t.right, e.mul(step, kAmxTileBytes));
      return e.loop(zero, e.constant(kAmxSide), e.constant(1), carried, [&](Value pair, mlir::ValueRange carried) {
        return emitPair(lines, e.offsetBytes(rows, e.mul(pair, 4)), e.offsetBytes(right, e.mul(pair, kAmxRowBytes)),
                        carried);
      });
    });
    for (int64_t i = 0; i < kRows * width; ++i) e.store(sums[i], sumAt(i), DType::f32);
  }

  Values emitPair(const LineAddresses &lines, Value left, Value right, mlir::ValueRange sums) {
    auto numbers = mlir::VectorType::get({2 * kAmxSide}, e.b.getBF16Type());
    auto pairs = mlir::VectorType::get({kAmxSide}, e.b.getI32Type());
    Values columns, next;
    for (int64_t j = 0; j < width; ++j)
      columns.push_back(
          LLVM::LoadOp::create(e.b, e.at, numbers, j == 0 ? right : e.offsetBytes(right, t.rightGroup), 64));
    for (int64_t i = 0; i < kRows; ++i) {
      Value pair = LLVM::LoadOp::create(e.b, e.at, e.b.getI32Type(), lines.at(left, i), 2);
      Value everywhere =
          LLVM::BitcastOp::create(e.b, e.at, numbers, mlir::vector::BroadcastOp::create(e.b, e.at, pairs, pair));
      for (int64_t j = 0; j < width; ++j) {
        Value sum = sums[i * width + j];
        auto call = LLVM::CallIntrinsicOp::create(e.b, e.at, sum.getType(),
                                                  e.b.getStringAttr("llvm.x86.avx512bf16.dpbf16ps.512"),
                                                  mlir::ValueRange{sum, everywhere, columns[j]});
        next.push_back(call.getResults());
      }
    }
    return next;
  }
};

}  // namespace

mlir::func::FuncOp emitPairTiles(GemmEmitter &e, llvm::StringRef routine, int64_t height, int64_t width) {
  return PairTiles(e, height, width).emit(routine);
}

}  // namespace etch::codegen
