// The register tile: the innermost loop of the matrix product.
//
// Per step of the depth it loads `vectors` vectors of the right operand and broadcasts one element of each row of the
// left one; the sums stay in registers. Rows are found as two (one) moving pointers plus 0, 1, 2, 4 times the stride s,
// 3s, twice 3s, and 5s: the forms that x86 addresses without arithmetic. LLVM would rather keep a pointer for each row,
// more than there are registers, so it is not shown what the pointers and 3s and 5s are. (Of 14x32: a pointer chain
// cost an addition a row and 5-8 %, a pointer a row 8 %.)

#include "codegen/cpu/GemmEmitter.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Rows that one moving pointer serves.
constexpr int64_t kRowsOfPointer = 7;

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

mlir::func::FuncOp emitGemmTile(GemmEmitter &e, llvm::StringRef routine, int64_t height, int64_t vectors) {
  const DType dtype = e.tiles.compute;
  const int64_t lanes = e.tiles.lanes, bytes = static_cast<int64_t>(size_of(dtype));
  auto function = e.begin((routine + ".tile" + llvm::Twine(height) + "x" + llvm::Twine(vectors)).str(), 3, 8);
  mlir::Block &entry = function.getBody().front();
  Value left = entry.getArgument(0), right = entry.getArgument(1), out = entry.getArgument(2);
  Value leftRow = e.mul(entry.getArgument(3), bytes), leftDepth = e.mul(entry.getArgument(4), bytes);
  Value rightDepth = e.mul(entry.getArgument(5), bytes), outRow = e.mul(entry.getArgument(6), bytes);
  Value depth = entry.getArgument(7), isFirst = entry.getArgument(8), rows = entry.getArgument(9),
        columns = entry.getArgument(10);

  Values masks;
  for (int64_t v = 0; v < vectors; ++v) masks.push_back(e.mask(e.sub(columns, e.constant(v * lanes))));
  // Rows that the tile has too many go to memory of our own, so that whole tiles and rests are one code.
  Value spare = e.stack(vectors * lanes, dtype);
  Values lines;
  for (int64_t r = 0; r < height; ++r) {
    Value line = e.offsetBytes(out, e.mul(outRow, r));
    lines.push_back(e.select(e.less(e.constant(r), rows), line, spare));
    // The next tile's part of the result: from L3 it would arrive after its loop has begun.
    Value next = e.offsetBytes(out, e.mul(outRow, height + r));
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
  Values carried = {right};
  for (int64_t r = 0; r < height; r += kRowsOfPointer) carried.push_back(e.offsetBytes(left, e.mul(leftRow, r)));
  const int64_t pointers = static_cast<int64_t>(carried.size());
  carried.append(begin.getResults().begin(), begin.getResults().end());
  Values done = e.loop(e.constant(0), depth, e.constant(1), carried, [&](Value, mlir::ValueRange now) {
    Values panel;
    for (int64_t v = 0; v < vectors; ++v) panel.push_back(e.load(e.offset(now[0], v * lanes, dtype), dtype));
    Values moving, next = {e.offsetBytes(now[0], rightDepth)};
    for (int64_t p = 1; p < pointers; ++p) {
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
