// Sums in tile registers: the loop over the depth, and their way out.
//
// The instruction that rounds to bf16 flushes subnormals (BFloat16.h); sums of AMX have none, so that it gives what
// integer arithmetic would, NaN included.

#include "codegen/cpu/gemm/GemmAmxParts.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using mlir::Value;
namespace LLVM = mlir::LLVM;

namespace {

/// The first `columns` of so many lanes.
Value laneMask(GemmEmitter &e, Value columns, int64_t lanes) {
  auto positions = llvm::to_vector(llvm::seq<int16_t>(static_cast<int16_t>(lanes)));
  auto type = mlir::VectorType::get({lanes}, e.b.getI16Type());
  Value lane = mlir::arith::ConstantOp::create(e.b, e.at,
                                               mlir::DenseElementsAttr::get(type, llvm::ArrayRef<int16_t>(positions)));
  Value limit = mlir::arith::TruncIOp::create(e.b, e.at, e.b.getI16Type(), e.minimum(columns, e.constant(lanes)));
  return mlir::arith::CmpIOp::create(e.b, e.at, mlir::arith::CmpIPredicate::slt, lane,
                                     mlir::vector::BroadcastOp::create(e.b, e.at, type, limit));
}

/// Rounds sums that lie in height by width tiles to the result.
void emitRoundedTiles(GemmEmitter &e, const AmxArguments &t, int64_t height, int64_t width) {
  const int64_t lanes = width * kAmxSide;
  auto type = mlir::VectorType::get({lanes}, e.b.getBF16Type());
  auto name =
      e.b.getStringAttr(width == 1 ? "llvm.x86.avx512bf16.cvtneps2bf16.512" : "llvm.x86.avx512bf16.cvtne2ps2bf16.512");
  Value mask = laneMask(e, t.columns, lanes);
  for (int64_t i = 0; i < height; ++i) {
    Value first = e.constant(i * kAmxSide);
    Value rows = e.minimum(e.sub(t.rows, first), e.constant(kAmxSide));
    e.loop(e.constant(0), rows, 1, [&](Value r) {
      Value line = e.offsetBytes(e.offset(t.sums, i * width * kAmxTileBytes, DType::u8), e.mul(r, kAmxRowBytes));
      Values sums;  // the second operand's come first
      for (int64_t j = width; j-- > 0;)
        sums.push_back(e.load(e.offset(line, j * kAmxTileBytes, DType::u8), DType::f32));
      Value rounded = LLVM::CallIntrinsicOp::create(e.b, e.at, type, name, sums).getResults();
      Value to = e.offset(t.out, e.mul(e.add(first, r), t.outRow), DType::bf16);
      LLVM::MaskedStoreOp::create(e.b, e.at, rounded, to, mask, 2);
      // The tile beside it is the next one.
      if (width == 2) LLVM::Prefetch::create(e.b, e.at, e.offset(to, lanes, DType::bf16), /*rw=*/1, 3, 1);
    });
  }
}

class AmxTiles {
 public:
  AmxTiles(GemmEmitter &e, int64_t height, int64_t width) : e(e), height(height), width(width) {}

  mlir::func::FuncOp emit(llvm::StringRef routine) {
    const std::string name = (routine + ".tiles" + llvm::Twine(height) + "x" + llvm::Twine(width)).str();
    auto function = e.begin(name, AmxArguments::kPointers, AmxArguments::kWords);
    t = argumentsOf<AmxArguments>(function);
    const int64_t count = height * width;
    e.branch(
        e.equal(t.isFirst, 1),
        [&] {
          for (int64_t i = 0; i < count; ++i) emitX86(e, "tilezero", {tile(i)});
        },
        [&] {
          for (int64_t i = 0; i < count; ++i) load(i, sum(i), e.constant(kAmxRowBytes));
        });
    e.loop(e.constant(0), t.steps, 1, [&](Value step) { emitStep(step); });
    for (int64_t i = 0; i < count; ++i) emitX86(e, "tilestored64", {tile(i), sum(i), e.constant(kAmxRowBytes)});
    e.branch(e.equal(t.isLast, 1), [&] { emitRoundedTiles(e, t, height, width); });
    e.end();
    return function;
  }

 private:
  GemmEmitter &e;
  const int64_t height, width;
  AmxArguments t;

  /// Instructions name their registers: 0 to 3 are sums, 4 and 5 left tiles, 6 and 7 right ones.
  Value tile(int64_t number) { return LLVM::ConstantOp::create(e.b, e.at, e.b.getI8IntegerAttr(number)); }
  Value sum(int64_t number) { return e.offset(t.sums, number * kAmxTileBytes, DType::u8); }
  void load(int64_t number, Value address, Value rowBytes) {
    emitX86(e, "tileloadd64", {tile(number), address, rowBytes});
  }

  void emitStep(Value step) {
    Value left = e.offsetBytes(t.left, e.mul(step, t.leftStep));
    Value right = e.offsetBytes(t.right, e.mul(step, kAmxTileBytes));
    for (int64_t i = 0; i < height; ++i) {
      load(4 + i, i == 0 ? left : e.offsetBytes(left, t.leftGroup), t.leftRow);
      for (int64_t j = 0; j < width; ++j) {
        if (i == 0) load(6 + j, j == 0 ? right : e.offsetBytes(right, t.rightGroup), e.constant(kAmxRowBytes));
        emitX86(e, "tdpbf16ps", {tile(i * width + j), tile(4 + i), tile(6 + j)});
      }
    }
  }
};

}  // namespace

void emitX86(GemmEmitter &e, llvm::StringRef name, mlir::ValueRange arguments) {
  LLVM::CallIntrinsicOp::create(e.b, e.at, e.b.getStringAttr(("llvm.x86." + name).str()), arguments);
}

mlir::func::FuncOp emitAmxTiles(GemmEmitter &e, llvm::StringRef routine, int64_t height, int64_t width) {
  return AmxTiles(e, height, width).emit(routine);
}

}  // namespace etch::codegen
