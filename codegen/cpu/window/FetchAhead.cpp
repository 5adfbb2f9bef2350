#include "codegen/cpu/window/FetchAhead.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Into the L2 cache: what is fetched is needed tens of microseconds later.
constexpr int kHint = 2, kDataCache = 1;

}  // namespace

void FetchAhead::add(Value from, int64_t bytes, bool willBeWritten) { pieces.push_back({from, bytes, willBeWritten}); }

FetchAhead FetchAhead::fromPart(Value number) const {
  KernelFrame &f = *frame;
  FetchAhead rest = *this;
  for (Piece &piece : rest.pieces)
    piece.from = elementPointer(f.b, f.at, DType::u8, piece.from, f.mul(number, f.constant(piece.bytes)));
  return rest;
}

FetchAhead FetchAhead::inSteps(int64_t count) const {
  FetchAhead smaller = *this;
  for (Piece &piece : smaller.pieces) piece.bytes = (piece.bytes + count - 1) / count;
  return smaller;
}

int64_t FetchAhead::lines() const {
  int64_t most = 0;
  for (const Piece &piece : pieces) most = std::max(most, (piece.bytes + kCacheLine - 1) / kCacheLine);
  return most;
}

void FetchAhead::fetch(Value part) const {
  KernelFrame &f = *frame;
  for (const Piece &piece : pieces) {
    Value base = elementPointer(f.b, f.at, DType::u8, piece.from, f.mul(part, f.constant(piece.bytes)));
    // Of the lines LLVM sees only distances: it does not weigh ways to step each of their addresses along with the
    // loops around (a first call of 56^2 x 64, each channel, stride 2, by x: 60 ms became 30).
    base = LLVM::LaunderInvariantGroupOp::create(f.b, f.at, base);
    for (int64_t line = 0; line < piece.bytes; line += kCacheLine)
      LLVM::Prefetch::create(f.b, f.at, elementPointer(f.b, f.at, DType::u8, base, f.constant(line)),
                             piece.willBeWritten, kHint, kDataCache);
  }
}

}  // namespace etch::codegen
