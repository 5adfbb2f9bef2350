// The register tile: the innermost loop of the matrix product.
//
// Per step of the depth it loads `vectors` vectors of the right operand and broadcasts one element of each row of the
// left one; the sums stay in registers. Rows are found as two (one) moving pointers plus 0, 1, 2, 4 times the stride s,
// 3s, twice 3s, and 5s: the forms that x86 addresses without arithmetic. LLVM would rather keep a pointer for each row,
// more than there are registers, so it is not shown what the pointers and 3s and 5s are. (Of 14x32: a pointer chain
// cost an addition a row and 5-8 %, a pointer a row 8 %.)
//
// A step uses half of what the processor can load, so each also asks for what follows: rows of the panel from L2, the
// next tile's part of the left operand from L3 (3 to 5 % at 512^3 and 1024^3).

#include "codegen/cpu/GemmEmitter.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Rows that one moving pointer serves.
constexpr int64_t kRowsOfPointer = 7;

/// Rows of the right operand that are asked for in advance: from L2 (1 to 2 % at 512^3, whatever the distance from 4 to
/// 32), and further where they are read in place to be packed, for they may come from L3 (8 % at 128x3072x768).
constexpr int64_t kRowsAhead = 8, kRowsAheadInPlace = 24;

/// Addresses of the rows of the left operand for one step.
class RowAddresses {
 public:
  RowAddresses(GemmEmitter &e, Value stride) : e(e), stride(stride) {
    three = e.opaque(e.mul(stride, 3));
    five = e.opaque(e.mul(stride, 5));
  }
  Value at(Value pointer, int64_t row) {
    switch (row) {
      case 0: return pointer;
      case 1: return e.offsetBytes(pointer, stride);
      case 2: return e.offsetBytes(pointer, e.mul(stride, 2));
      case 3: return e.offsetBytes(pointer, three);
      case 4: return e.offsetBytes(pointer, e.mul(stride, 4));
      case 5: return e.offsetBytes(pointer, five);
      default: return e.offsetBytes(pointer, e.mul(three, 2));
    }
  }

 private:
  GemmEmitter &e;
  Value stride, three, five;
};

}  // namespace

mlir::func::FuncOp emitGemmTile(GemmEmitter &e, llvm::StringRef routine, int64_t height, int64_t vectors, bool packs) {
  const DType dtype = e.tiles.compute;
  const int64_t lanes = e.tiles.lanes, bytes = static_cast<int64_t>(size_of(dtype));
  std::string name = (routine + (packs ? ".fill" : ".tile") + llvm::Twine(height) + "x" + llvm::Twine(vectors)).str();
  llvm::SmallVector<mlir::Type> types(5, e.pointerType());
  types.append(9, e.b.getI64Type());
  if (packs) types.push_back(e.pointerType());
  auto function = e.begin(name, types);
  mlir::Block &entry = function.getBody().front();
  Value left = entry.getArgument(0), right = entry.getArgument(1), out = entry.getArgument(2),
        nextOut = entry.getArgument(3), nextLeft = entry.getArgument(4);
  Value leftRow = e.mul(entry.getArgument(5), bytes), leftDepth = e.mul(entry.getArgument(6), bytes);
  Value rightDepth = e.mul(entry.getArgument(7), bytes), outRow = e.mul(entry.getArgument(8), bytes);
  Value depth = entry.getArgument(9), isFirst = entry.getArgument(10), rows = entry.getArgument(11),
        columns = entry.getArgument(12), nextStep = entry.getArgument(13);

  Values masks;
  for (int64_t v = 0; v < vectors; ++v) masks.push_back(e.mask(e.sub(columns, e.constant(v * lanes))));
  // Rows that the tile has too many go to memory of our own, so that whole tiles and rests are one code.
  Value spare = e.stack(vectors * lanes, dtype);
  Values lines;
  for (int64_t r = 0; r < height; ++r) {
    Value line = e.offsetBytes(out, e.mul(outRow, r));
    lines.push_back(e.select(e.less(e.constant(r), rows), line, spare));
    Value next = e.offsetBytes(nextOut, e.mul(outRow, r));
    e.prefetch(next, 3);
    if (vectors > 1) e.prefetch(e.offset(next, vectors * lanes - 1, dtype), 3);
  }
  // The first pass begins with 0, later ones go on from what is stored.
  mlir::scf::IfOp begin = mlir::scf::IfOp::create(
      e.b, e.at, llvm::SmallVector<mlir::Type>(height * vectors, e.vectorType(dtype)), e.equal(isFirst, 1), true);
  {
    mlir::OpBuilder::InsertionGuard guard(e.b);
    e.b.setInsertionPointToStart(begin.thenBlock());
    mlir::scf::YieldOp::create(e.b, e.at, Values(height * vectors, e.zeros(dtype)));
    e.b.setInsertionPointToStart(begin.elseBlock());
    Values old;
    for (Value line : lines)
      for (int64_t v = 0; v < vectors; ++v) old.push_back(e.load(e.offset(line, v * lanes, dtype), dtype, masks[v]));
    mlir::scf::YieldOp::create(e.b, e.at, old);
  }

  RowAddresses addresses(e, leftRow);
  Value ahead = e.mul(rightDepth, packs ? kRowsAheadInPlace : kRowsAhead);
  Values carried = {right, nextLeft};
  if (packs) carried.push_back(entry.getArgument(14));
  const int64_t firstLeft = static_cast<int64_t>(carried.size());
  for (int64_t r = 0; r < height; r += kRowsOfPointer) carried.push_back(e.offsetBytes(left, e.mul(leftRow, r)));
  const int64_t pointers = static_cast<int64_t>(carried.size());
  carried.append(begin.getResults().begin(), begin.getResults().end());
  Values done = e.loop(e.constant(0), depth, e.constant(1), carried, [&](Value, mlir::ValueRange now) {
    Values panel;
    for (int64_t v = 0; v < vectors; ++v)
      panel.push_back(e.load(e.offset(now[0], v * lanes, dtype), dtype, vectors == 1 ? masks[0] : Value()));
    Values moving, next = {e.offsetBytes(now[0], rightDepth), e.offsetBytes(now[1], nextStep)};
    e.prefetch(now[1], 3);
    for (int64_t v = 0; v < vectors; ++v) e.prefetch(e.offset(e.offsetBytes(now[0], ahead), v * lanes, dtype), 3);
    if (packs) {
      for (int64_t v = 0; v < vectors; ++v) e.store(panel[v], e.offset(now[2], v * lanes, dtype), dtype);
      next.push_back(e.offset(now[2], vectors * lanes, dtype));
    }
    for (int64_t p = firstLeft; p < pointers; ++p) {
      moving.push_back(e.opaque(now[p]));
      next.push_back(e.offsetBytes(moving.back(), leftDepth));
    }
    for (int64_t r = 0; r < height; ++r) {
      Value address = addresses.at(moving[r / kRowsOfPointer], r % kRowsOfPointer);
      Value element =
          mlir::LLVM::LoadOp::create(e.b, e.at, memoryType(dtype, e.b.getContext()), address, size_of(dtype));
      Value row = e.broadcast(element);
      for (int64_t v = 0; v < vectors; ++v)
        next.push_back(e.multiplyAdd(row, panel[v], now[pointers + r * vectors + v]));
    }
    return next;
  });
  for (int64_t r = 0; r < height; ++r)
    for (int64_t v = 0; v < vectors; ++v)
      e.store(done[pointers + r * vectors + v], e.offset(lines[r], v * lanes, dtype), dtype, masks[v]);
  e.end();
  return function;
}

}  // namespace etch::codegen
