// Packing: operands copied into the order in which the register tiles read them.

#include "codegen/cpu/GemmEmitter.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Transposes a square of vectors: log2(lanes) rounds, each exchanging blocks of half the size of the last.
Values transposed(GemmEmitter &e, Values rows) {
  const int64_t lanes = e.tiles.lanes;
  for (int64_t block = 1; block < lanes; block *= 2) {
    llvm::SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < lanes; ++i) {
      bool second = i & block;
      low.push_back(second ? lanes + i - block : i);
      high.push_back(second ? lanes + i : i + block);
    }
    Values next(lanes);
    for (int64_t i = 0; i < lanes; ++i) {
      if (i & block) continue;
      next[i] = mlir::vector::ShuffleOp::create(e.b, e.at, rows[i], rows[i + block], low);
      next[i + block] = mlir::vector::ShuffleOp::create(e.b, e.at, rows[i], rows[i + block], high);
    }
    rows = next;
  }
  return rows;
}

}  // namespace

mlir::func::FuncOp emitGemmPack(GemmEmitter &e, llvm::StringRef routine) {
  const DType from = e.tiles.dtype, to = e.tiles.compute;
  const int64_t lanes = e.tiles.lanes;
  auto function = e.begin((routine + ".pack").str(), 2, 6);
  mlir::Block &entry = function.getBody().front();
  Value source = entry.getArgument(0), target = entry.getArgument(1), across = entry.getArgument(2),
        deep = entry.getArgument(3), depth = entry.getArgument(4), count = entry.getArgument(5),
        width = entry.getArgument(6), groupSize = entry.getArgument(7);
  Value zero = e.constant(0);

  // Lines are read side by side: a piece of a row of the right operand for several groups at once.
  auto copyRows = [&] {
    Value together = e.mul(width, e.tiles.packedTogether);
    e.loop(zero, count, together, {target}, [&](Value first, mlir::ValueRange groups) {
      Value last = e.minimum(count, e.add(first, together));
      e.loop(zero, depth, 1, [&](Value p) {
        Value row = e.offset(source, e.mul(p, deep), from);
        Value place = e.offset(groups[0], e.mul(p, width), to);
        e.loop(first, last, width, {place}, [&](Value line, mlir::ValueRange now) {
          e.loop(zero, width, lanes, [&](Value lane) {
            Value position = e.add(line, lane);
            Value values = e.loadWide(e.offset(row, position, from), e.mask(e.sub(count, position)));
            e.store(values, e.offset(now[0], lane, to), to, e.mask(e.sub(width, lane)));
          });
          return Values{e.offset(now[0], groupSize, to)};
        });
      });
      return Values{e.offset(groups[0], e.mul(groupSize, e.tiles.packedTogether), to)};
    });
  };
  // Lines lie along the depth: squares are transposed in registers.
  auto transpose = [&] {
    e.loop(zero, count, width, {target}, [&](Value first, mlir::ValueRange group) {
      e.loop(zero, width, lanes, [&](Value lane) {
        Value stored = e.mask(e.sub(width, lane));
        Values lines;
        for (int64_t r = 0; r < lanes; ++r) {
          Value line = e.minimum(e.add(e.add(first, lane), e.constant(r)), e.sub(count, e.constant(1)));
          lines.push_back(e.offset(source, e.mul(line, across), from));
        }
        e.loop(zero, depth, lanes, [&](Value p) {
          Value inside = e.mask(e.sub(depth, p));
          Values rows;
          for (Value line : lines) rows.push_back(e.loadWide(e.offset(line, p, from), inside));
          Value place = e.offset(group[0], e.add(e.mul(p, width), lane), to);
          for (Value row : transposed(e, rows)) {
            e.store(row, place, to, stored);
            place = e.offset(place, width, to);
          }
        });
      });
      return Values{e.offset(group[0], groupSize, to)};
    });
  };
  e.branch(e.equal(across, 1), copyRows, transpose);
  e.end();
  return function;
}

mlir::func::FuncOp emitGemmCopy(GemmEmitter &e, llvm::StringRef routine) {
  const DType from = e.tiles.dtype, to = e.tiles.compute;
  const int64_t lanes = e.tiles.lanes;
  auto function = e.begin((routine + ".copy").str(), 2, 6);
  mlir::Block &entry = function.getBody().front();
  Value source = entry.getArgument(0), target = entry.getArgument(1), row = entry.getArgument(2),
        deep = entry.getArgument(3), depth = entry.getArgument(4), count = entry.getArgument(5),
        apart = entry.getArgument(6), rows = entry.getArgument(7);
  Value zero = e.constant(0), whole = e.mul(e.div(depth, lanes), lanes);
  Value rest = e.mask(e.sub(depth, whole));
  auto alongDepth = [&] {
    e.loop(zero, rows, 1, [&](Value r) {
      // Rows too many repeat the last one: of what memory happens to hold, subnormal numbers would cost 150 cycles
      // each.
      Value present = e.minimum(r, e.sub(count, e.constant(1)));
      Value line = e.offset(source, e.mul(present, row), from), place = e.offset(target, e.mul(r, apart), to);
      e.loop(zero, whole, lanes,
             [&](Value p) { e.store(e.loadWide(e.offset(line, p, from)), e.offset(place, p, to), to); });
      e.branch(e.less(whole, depth),
               [&] { e.store(e.loadWide(e.offset(line, whole, from), rest), e.offset(place, whole, to), to, rest); });
    });
  };
  auto alongRows = [&](int64_t vectors) {
    Values masks;
    for (int64_t v = 0; v < vectors; ++v) masks.push_back(e.mask(e.sub(count, e.constant(v * lanes))));
    e.loop(zero, depth, e.constant(1), {source, target}, [&](Value, mlir::ValueRange now) {
      for (auto [v, mask] : llvm::enumerate(masks)) {
        const auto lane = static_cast<int64_t>(v) * lanes;
        e.store(e.loadWide(e.offset(now[0], lane, from), mask), e.offset(now[1], lane, to), to);
      }
      return Values{e.offset(now[0], deep, from), e.offset(now[1], apart, to)};
    });
  };
  auto acrossDepth = [&] {
    const int64_t tall = e.tiles.tallVectors(), wide = e.tiles.vectors;
    if (tall == wide) return alongRows(tall);
    e.branch(e.less(e.constant(tall * lanes), count), [&] { alongRows(wide); }, [&] { alongRows(tall); });
  };
  e.branch(e.equal(deep, 1), alongDepth, acrossDepth);
  e.end();
  return function;
}

}  // namespace etch::codegen
