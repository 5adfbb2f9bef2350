#include "codegen/cpu/window/ConvFilterCopies.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Bytes of a copy of either operand, on the stack (docs/decisions/0014). Half, twice: 1.02, 1.00.
constexpr int64_t kMostCopied = 1 << 16;
/// Window positions from which a copy pays (docs/decisions/0014). Half, twice: no kernel changes, 1.13.
constexpr int64_t kPositionsToCopy = 4;

}  // namespace

Value FilterCopies::stack() { return f.allocate(kMostCopied); }

bool FilterCopies::pays(int64_t elements) const {
  return !tiles.byWindowRow() && !tiles.spanGroups() && tiles.tilesOfTrip() >= kPositionsToCopy &&
         g.axes[0].result == 1 && g.axes[0].window == 1 &&
         elements * static_cast<int64_t>(size_of(tile.dtype())) <= kMostCopied;
}

FilterCopies::Copies FilterCopies::make(const FilterTiles::Trip &trip, const PixelChunk &chunk, Value firstTrip) {
  Value given = copyGiven(trip, chunk, firstTrip);
  return {copyOperand(trip, chunk), given};
}

Value FilterCopies::copyGiven(const FilterTiles::Trip &trip, const PixelChunk &chunk, Value firstTrip) {
  const int64_t width = tile.vectors() * tile.lanes();
  if (g.outputs <= width || !pays(chunks.height() * chunks.width() * width)) return {};
  if (!givenCopy) givenCopy = stack();
  auto equal = [&](Value a, Value b) -> Value {
    return arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, a, b);
  };
  Value isFirst = arith::OrIOp::create(f.b, f.at, equal(trip.number, firstTrip), equal(trip.rowBlock, f.constant(0)));
  f.branch(isFirst, [&] {
    f.loop(chunk.firstRow, chunk.lastRow, 1, [&](Value p) {
      f.loop(chunk.firstColumn, chunk.lastColumn, 1, [&](Value q) {
        Value from = givenAt(trip, {}, chunk, p, q);
        tile.store(givenAt(trip, {{}, givenCopy}, chunk, p, q), tile.load(from));
      });
    });
  });
  return givenCopy;
}

Value FilterCopies::copyOperand(const FilterTiles::Trip &trip, const PixelChunk &chunk) {
  // Whole vectors are stored: the last one ends behind its rows.
  const int64_t rows = trip.kind.count(), vectors = quotientUp(rows, tile.lanes());
  const int64_t count = chunks.operandHeight() * chunks.operandWidth() * rows + vectors * tile.lanes();
  if (g.channels <= rows || !pays(count)) return {};
  if (!operandCopy) operandCopy = stack();
  auto within = [&](Value first, int64_t reach, int64_t extent) {
    return std::pair<Value, Value>(f.maximum(first, f.constant(0)),
                                   f.minimum(f.add(first, f.constant(reach)), f.constant(extent)));
  };
  const WindowAxis &column = g.axes[2];
  auto [firstRow, lastRow] = within(chunks.operandRow(chunk), chunks.operandHeight(), g.axes[1].extent);
  std::pair<Value, Value> columns{f.constant(0), f.constant(column.extent)};
  if (!chunks.haveWholeRows()) columns = within(chunks.operandColumn(chunk), chunks.operandWidth(), column.extent);
  ConvTile some(f, tile.dtype()), whole(f, tile.dtype());
  some.begin(vectors, rows), whole.begin(vectors, vectors * tile.lanes());
  f.loop(firstRow, lastRow, 1, [&](Value h) {
    f.loop(columns.first, columns.second, 1, [&](Value w) {
      Value from = operandAt(trip, {}, chunk, f.constant(0), h, w);
      whole.store(operandAt(trip, {operandCopy, {}}, chunk, f.constant(0), h, w), some.load(from));
    });
  });
  return operandCopy;
}

Value FilterCopies::givenAt(const FilterTiles::Trip &trip, const Copies &copies, const PixelChunk &chunk, Value p,
                            Value q) {
  if (!copies.given) {
    Value number = f.mul(chunks.pixelNumber(chunk, p, q), f.constant(g.outputs));
    return tile.at(cotangent, f.add(number, trip.output));
  }
  Value line = f.mul(f.sub(p, chunk.firstRow), f.constant(chunks.width()));
  Value pixel = f.add(line, f.sub(q, chunk.firstColumn));
  return tile.at(copies.given, f.mul(pixel, f.constant(tile.vectors() * tile.lanes())));
}

Value FilterCopies::operandAt(const FilterTiles::Trip &trip, const Copies &copies, const PixelChunk &chunk, Value d,
                              Value h, Value w) {
  if (!copies.operand) {
    Value number = f.mul(chunks.elementNumber(chunk, d, h, w), f.constant(g.channels));
    return tile.at(operand, f.add(number, trip.feature));
  }
  Value line = f.mul(f.sub(h, chunks.operandRow(chunk)), f.constant(chunks.operandWidth()));
  if (!chunks.haveWholeRows()) w = f.sub(w, chunks.operandColumn(chunk));
  return tile.at(copies.operand, f.mul(f.add(line, w), f.constant(trip.kind.count())));
}

}  // namespace etch::codegen
