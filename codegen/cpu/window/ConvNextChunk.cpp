#include "codegen/cpu/window/ConvChunks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Lines that one pixel of a tile fetches. Two tiles of each channel by itself, two pixels apart, ask for all of the
/// next chunk with ten (docs/decisions/0083 and docs/decisions/0110).
constexpr int64_t kMostLines = 12;

}  // namespace

NextChunk::NextChunk(KernelFrame &f, const ConvGeometry &g, PixelChunks &chunks, DType dtype, Value operand,
                     Value cotangent)
    : f(f), g(g), chunks(chunks), dtype(dtype), operand(operand), cotangent(cotangent) {
  // Both are in one piece: what the chunk has, and what it is the first to meet.
  const WindowAxis &column = g.axes[2];
  const int64_t pixels = chunks.height() * chunks.width();
  auto lines = [&](int64_t elements) {
    return quotientUp(elements * static_cast<int64_t>(size_of(dtype)), kCacheLine * pixels);
  };
  givenLines = lines(pixels * g.outputs);
  operandLines = lines(g.channels * (chunks.haveWholeRows() ? chunks.height() * g.axes[1].dilation * column.extent
                                                            : chunks.width() * column.dilation));
}

void NextChunk::shareAmong(int64_t all, Value mine) {
  linesOfTile = std::min(kMostLines, quotientUp(givenLines + operandLines, all));
  const int64_t shares = quotientUp(givenLines + operandLines, linesOfTile);
  turns = f.quotient(mine, f.constant(shares));
  turns = arith::MaxUIOp::create(f.b, f.at, turns, f.constant(1));
}

NextChunk::Share NextChunk::shareOf(Value number, const PixelChunk &chunk, Value plane, Value idle) {
  Value row = chunk.firstRow, pixel = chunk.firstColumn;
  if (chunks.haveWholeRows())
    row = f.add(row, f.constant(chunks.height()));
  else
    pixel = f.add(pixel, f.constant(chunks.width()));
  Value given =
      elementPointer(f.b, f.at, dtype, cotangent, f.mul(chunks.pixelNumber(chunk, row, pixel), f.constant(g.outputs)));
  // What the last window position adds.
  auto last = [&](const WindowAxis &axis, Value p) { return chunks.elementOf(axis, f.constant(axis.result - 1), p); };
  Value column = chunks.haveWholeRows() ? f.constant(0) : last(g.axes[2], pixel);
  Value element = chunks.elementNumber(chunk, plane, last(g.axes[1], row), column);
  Value met = elementPointer(f.b, f.at, dtype, operand, f.mul(element, f.constant(g.channels)));

  auto select = [&](Value condition, Value a, Value b) -> Value {
    return arith::SelectOp::create(f.b, f.at, condition, a, b);
  };
  // All lines of the next chunk follow each other, the cotangent's first. A turn has those that a tile fetches.
  const int64_t pixels = chunks.height() * chunks.width(), givenOfChunk = givenLines * pixels;
  Value turn = f.quotient(number, turns);
  Value isTurn = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, f.mul(turn, turns), number);
  Value isLeft = f.less(f.mul(turn, f.constant(linesOfTile)), f.constant(givenLines + operandLines));
  Value isMine = arith::AndIOp::create(f.b, f.at, isTurn, isLeft), line = f.mul(turn, f.constant(linesOfTile * pixels));
  auto lineBehind = [&](Value from, Value number) {
    return elementPointer(f.b, f.at, DType::u8, from, f.mul(number, f.constant(kCacheLine)));
  };
  Share share;
  share.given = select(isMine, lineBehind(given, line), idle);
  share.operand = select(isMine, lineBehind(met, f.sub(line, f.constant(givenOfChunk))), idle);
  share.givenBytes = f.mul(f.sub(f.constant(givenOfChunk), line), f.constant(kCacheLine));
  share.pitch = select(isMine, f.constant(linesOfTile * kCacheLine), f.constant(0));
  if (givenLines % linesOfTile == 0) {  // no turn has lines of both
    share.given = select(f.less(line, f.constant(givenOfChunk)), share.given, share.operand);
    share.operand = {};
  }
  return share;
}

void NextChunk::fetch(const Share &share, const PixelChunk &chunk, Value row, Value column) {
  Value line = f.mul(f.sub(row, chunk.firstRow), f.constant(chunks.width()));
  Value pixel = f.add(line, f.sub(column, chunk.firstColumn)), bytes = f.mul(pixel, share.pitch);
  Value from = share.given;
  if (share.operand)
    from = arith::SelectOp::create(f.b, f.at, f.less(bytes, share.givenBytes), share.given, share.operand);
  from = elementPointer(f.b, f.at, DType::u8, from, bytes);
  for (int64_t i = 0; i < linesOfTile; ++i) {
    Value at = elementPointer(f.b, f.at, DType::u8, from, f.constant(i * kCacheLine));
    LLVM::Prefetch::create(f.b, f.at, at, /*rw=*/0, /*hint=*/2, /*cache=*/1);
  }
}

}  // namespace etch::codegen
