// Transposes of matrices with few columns, or few rows, that lie together: pictures of three channels, pairs.
//
// As many whole lines as there are columns hold a line of each: shuffles take them apart, or put them together.

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/move/TransposeFrame.h"
#include "codegen/cpu/elements/TransposedTile.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = TransposeFrame::Values;

namespace {

/// The most elements of the narrow side. A prime number n of them takes n - 1 shuffles a line (docs/decisions/0060). 8,
/// 24: none of the measured kernels changes.
constexpr int64_t kNarrow = 16;
/// Bytes of a row of the operand from which on tiles take it (TransposeTiles.cpp): their loads do half the work
/// (docs/decisions/0060). Half, twice: .29, .67.
constexpr int64_t kTileRow = 16;

class NarrowEmitter {
 public:
  NarrowEmitter(TransposeFrame &t, const MovedMatrices &m, int64_t narrow, bool takesApart)
      : t(t), f(t.f), m(m), narrow(narrow), takesApart(takesApart), wide(takesApart ? m.columns : m.rows) {}

  void emit() {
    const int64_t perBlock = TransposeFrame::kRunElements / t.lineElements() * t.lineElements();
    Values counts;
    for (const MovedAxis &axis : m.batch) counts.push_back(axis.extent);
    counts.push_back(f.quotientUp(wide.extent, f.constant(perBlock)));
    Value elements = f.mul(f.minimum(wide.extent, f.constant(perBlock)), f.constant(narrow));
    f.setTrips(f.extents.product(counts), elements);
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      Values position = t.positionIn(counts, trip);
      std::tie(from, to) = t.matrixAt(m.batch, position);
      Value first = f.mul(position.back(), f.constant(perBlock));
      emitBlock(first, f.minimum(f.add(first, f.constant(perBlock)), wide.extent));
    });
  }

 private:
  TransposeFrame &t;
  KernelFrame &f;
  const MovedMatrices &m;
  const int64_t narrow;
  const bool takesApart;
  const MovedAxis &wide;
  Value from, to;

  /// A line of the wide side at a time. The last one reaches back where there is as much as a line; else it is masked.
  void emitBlock(Value first, Value last) {
    const int64_t line = t.lineElements();
    auto known = constantOf(wide.extent);
    if (known && *known >= line) {
      Value latest = f.constant(*known - line);
      f.loop(first, last, line, [&](Value i) { emitLine(*known % line ? f.minimum(i, latest) : i, Value()); });
      return;
    }
    Value whole = arith::AndIOp::create(t.b, t.at, f.sub(last, first), f.constant(-line));
    Value middle = f.add(first, whole);
    if (!known) f.loop(first, middle, line, [&](Value i) { emitLine(i, Value()); });
    f.loop(known ? first : middle, last, line, [&](Value i) { emitLine(i, f.sub(last, i)); });
  }

  /// Of `count` elements of the wide side, or of a line.
  void emitLine(Value i, Value count) {
    const int64_t line = t.lineElements();
    Value together = f.mul(i, f.constant(narrow));
    auto maskFrom = [&](int64_t start) {
      return count ? f.laneMask(f.sub(f.mul(count, f.constant(narrow)), f.constant(start)), line) : Value();
    };
    Value apart = count ? f.laneMask(count, line) : Value();
    Values lines;
    if (takesApart) {
      for (int64_t k = 0; k < narrow; ++k) {
        Value place = t.address(from, f.add(together, f.constant(k * line)));
        lines.push_back(t.load(t.vectorOf(line), place, maskFrom(k * line)));
      }
      for (auto [j, value] : llvm::enumerate(deinterleaved(t.b, t.at, std::move(lines))))
        t.store(value, t.address(to, f.add(f.mul(f.constant(static_cast<int64_t>(j)), m.rows.to), i)), apart);
      return;
    }
    for (int64_t j = 0; j < narrow; ++j)
      lines.push_back(t.load(t.vectorOf(line), t.address(from, f.add(f.mul(f.constant(j), m.columns.from), i)), apart));
    for (auto [k, value] : llvm::enumerate(interleaved(t.b, t.at, std::move(lines)))) {
      const int64_t start = static_cast<int64_t>(k) * line;
      t.store(value, t.address(to, f.add(together, f.constant(start))), maskFrom(start));
    }
  }
};

}  // namespace

bool emitNarrowTranspose(TransposeFrame &t, const MovedMatrices &m) {
  auto rows = constantOf(m.rows.extent), columns = constantOf(m.columns.extent);
  auto isNarrow = [](std::optional<int64_t> extent, int64_t limit) {
    return extent && *extent >= 2 && *extent < limit;
  };
  // The narrow side lies together: the other's stride is its extent.
  if (isNarrow(rows, kTileRow / t.bytes) && constantOf(m.columns.from) == rows) {
    NarrowEmitter(t, m, *rows, /*takesApart=*/true).emit();
    return true;
  }
  if (isNarrow(columns, std::min(kNarrow + 1, t.lineElements())) && constantOf(m.rows.to) == columns) {
    NarrowEmitter(t, m, *columns, /*takesApart=*/false).emit();
    return true;
  }
  return false;
}

}  // namespace etch::codegen
