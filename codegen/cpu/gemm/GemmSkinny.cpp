// Products with few rows or columns: nothing is read often enough to be packed.

#include <functional>

#include "codegen/cpu/gemm/GemmEmitter.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Rows of the right operand that are asked for in advance, unless one or two rows of results share them: there loads
/// are what takes the time (2x512x512: 0.43 of the FMA peak without, 0.36 with).
constexpr int64_t kRowsAhead = 8;

/// Rows that are read side by side, and vectors of each at a time, at most: independent sums, since those of a vector
/// are a chain. Factors take half the registers, sums a quarter (docs/decisions/0033).
constexpr int64_t kStreamRows = 8, kStreamVectors = 4;

/// Vectors that a block of the columns left over may have, the most first: halves of the widest and what lies in the
/// middle between two of them (6, 4, 3, 2, 1). Vectors that are not there are multiplied like others: with halves alone
/// 4x51x820 took six instead of four (58 instead of 89 GFLOP/s on Zen 4, docs/decisions/0123).
llvm::SmallVector<int64_t> restWidths(int64_t widest) {
  llvm::SmallVector<int64_t> widths;
  for (int64_t width = widest; width > 0; width /= 2) {
    widths.push_back(width);
    if (const int64_t middle = (width + width / 2) / 2; middle < width && middle > width / 2) widths.push_back(middle);
  }
  return widths;
}

}  // namespace

mlir::func::FuncOp emitGemmFlat(GemmEmitter &e, llvm::StringRef routine, int64_t height, int64_t vectors) {
  const DType dtype = e.tiles.dtype;
  const int64_t lanes = e.tiles.lanes;
  auto function =
      e.begin((routine + ".flat" + llvm::Twine(height)).str(), InPlaceArguments::kPointers, InPlaceArguments::kWords);
  const auto [left, right, out, leftRow, leftDepth, rightDepth, outRow, depth, rows, columns] =
      argumentsOf<InPlaceArguments>(function);
  Value zero = e.constant(0), ahead = e.mul(rightDepth, kRowsAhead);

  // `whole` of the `width` vectors exist in any case.
  auto block = [&](Value column, int64_t width, int64_t whole) {
    Values masks;
    for (int64_t v = 0; v < width; ++v)
      masks.push_back(v < whole ? Value() : e.mask(e.sub(columns, e.add(column, e.constant(v * lanes)))));
    Values carried = {e.offset(right, column, dtype)};
    for (int64_t r = 0; r < height; ++r) {
      // A row too many repeats the last one.
      Value row = height == 1 ? zero : e.minimum(e.constant(r), e.sub(rows, e.constant(1)));
      carried.push_back(e.offset(left, e.mul(row, leftRow), dtype));
    }
    carried.append(height * width, e.zeros(dtype));
    Values done = e.loop(zero, depth, e.constant(1), carried, [&](Value, mlir::ValueRange now) {
      Values next = {e.offset(now[0], rightDepth, dtype)};
      if (height > 2)
        for (int64_t v = 0; v < width; ++v) e.prefetch(e.offset(e.offset(now[0], ahead, dtype), v * lanes, dtype), 3);
      for (int64_t r = 0; r < height; ++r) next.push_back(e.offset(now[1 + r], leftDepth, dtype));
      Values sums(now.begin() + 1 + height, now.end());
      auto factorOf = [&](int64_t r) {
        return e.broadcast(mlir::LLVM::LoadOp::create(e.b, e.at, memoryType(dtype, e.b.getContext()), now[1 + r],
                                                      static_cast<unsigned>(size_of(dtype))));
      };
      auto lineOf = [&](int64_t v) { return e.load(e.offset(now[0], v * lanes, dtype), dtype, masks[v]); };
      // What there is less of stays in registers, beside the sums.
      Values kept;
      for (int64_t i = 0; i < std::min(height, width); ++i) kept.push_back(height < width ? factorOf(i) : lineOf(i));
      for (int64_t i = 0; i < std::max(height, width); ++i) {
        Value other = height < width ? lineOf(i) : factorOf(i);
        for (int64_t j = 0; j < std::min(height, width); ++j) {
          Value &sum = sums[height < width ? j * width + i : i * width + j];
          sum = e.multiplyAdd(other, kept[j], sum);
        }
      }
      next.append(sums);
      return next;
    });
    for (int64_t r = 0; r < height; ++r)
      e.branch(e.less(e.constant(r), rows), [&] {
        Value line = e.offset(out, e.add(e.mul(outRow, r), column), dtype);
        for (int64_t v = 0; v < width; ++v)
          e.store(done[1 + height + r * width + v], e.offset(line, v * lanes, dtype), dtype, masks[v]);
      });
  };
  // Whole blocks, then the narrowest of some narrower ones that holds the rest.
  const int64_t wide = vectors * lanes;
  Value rest = e.mul(e.div(columns, wide), wide);
  e.loop(zero, rest, wide, [&](Value column) { block(column, vectors, vectors); });
  const llvm::SmallVector<int64_t> widths = restWidths(vectors);
  std::function<void(size_t)> last = [&](size_t i) {
    const int64_t narrower = i + 1 < widths.size() ? widths[i + 1] : 0;
    auto run = [&] { block(rest, widths[i], narrower); };
    if (narrower == 0) return run();
    e.branch(e.less(e.add(rest, e.constant(narrower * lanes)), columns), run, [&] { last(i + 1); });
  };
  e.branch(e.less(rest, columns), [&] { last(0); });
  e.end();
  return function;
}

mlir::func::FuncOp emitGemmStream(GemmEmitter &e, llvm::StringRef routine, int64_t height) {
  const DType dtype = e.tiles.dtype;
  const int64_t lanes = e.tiles.lanes;
  const int64_t together = std::min(kStreamRows, e.unit.registers / 2 / height);
  const int64_t width = std::min(kStreamVectors, std::max<int64_t>(1, e.unit.registers / 4 / height));
  auto function =
      e.begin((routine + ".stream" + llvm::Twine(height)).str(), InPlaceArguments::kPointers, InPlaceArguments::kWords);
  const auto [left, right, out, leftRow, leftDepth, rightDepth, outRow, depth, rows, columns] =
      argumentsOf<InPlaceArguments>(function);
  Value zero = e.constant(0);
  // What is asked for in advance must not leave L1 before it is read. Where it would, it is what is read now.
  Value asked = e.select(e.hasSmallL1(e.tiles.smallL1Pages), zero, rightDepth);
  // A row too many is the last one once more: it loads, adds and stores the same.
  Values lefts, outs;
  for (int64_t r = 0; r < height; ++r) {
    Value row = height == 1 ? zero : e.minimum(e.constant(r), e.sub(rows, e.constant(1)));
    lefts.push_back(e.offset(left, e.mul(row, leftRow), dtype));
    outs.push_back(e.offset(out, e.mul(row, outRow), dtype));
  }
  // Adds the products of `count` rows of the right operand to the whole result.
  auto add = [&](Value first, int64_t count) {
    Values factors, lines;
    for (int64_t i = 0; i < count; ++i) {
      Value p = e.add(first, e.constant(i));
      for (Value row : lefts) {
        Value element = mlir::LLVM::LoadOp::create(e.b, e.at, memoryType(dtype, e.b.getContext()),
                                                   e.offset(row, e.mul(p, leftDepth), dtype), size_of(dtype));
        factors.push_back(e.broadcast(element));
      }
      lines.push_back(e.offset(right, e.mul(p, rightDepth), dtype));
    }
    Value ahead = e.mul(asked, count);
    auto vectors = [&](Value column, int64_t number, Value mask) {
      auto place = [&](Value row, int64_t v) { return e.offset(e.offset(row, column, dtype), v * lanes, dtype); };
      Values sums;
      for (Value row : outs)
        for (int64_t v = 0; v < number; ++v) sums.push_back(e.load(place(row, v), dtype, mask));
      for (int64_t i = 0; i < count; ++i)
        for (int64_t v = 0; v < number; ++v) {
          if (count > 1) e.prefetch(e.offset(place(lines[i], v), ahead, dtype), 3);
          Value line = e.load(place(lines[i], v), dtype, mask);
          for (int64_t r = 0; r < height; ++r)
            sums[r * number + v] = e.multiplyAdd(factors[i * height + r], line, sums[r * number + v]);
        }
      for (int64_t r = 0; r < height; ++r)
        for (int64_t v = 0; v < number; ++v) e.store(sums[r * number + v], place(outs[r], v), dtype, mask);
    };
    const int64_t wide = width * lanes;
    Value whole = e.mul(e.div(columns, wide), wide);
    e.loop(zero, whole, wide, [&](Value column) { vectors(column, width, {}); });
    e.loop(whole, columns, lanes, [&](Value column) { vectors(column, 1, e.mask(e.sub(columns, column))); });
  };
  e.loop(zero, columns, lanes, [&](Value column) {
    for (Value row : outs) e.store(e.zeros(dtype), e.offset(row, column, dtype), dtype, e.mask(e.sub(columns, column)));
  });
  Value whole = e.mul(e.div(depth, together), together);
  e.loop(zero, whole, together, [&](Value p) { add(p, together); });
  e.loop(whole, depth, 1, [&](Value p) { add(p, 1); });
  e.end();
  return function;
}

}  // namespace etch::codegen
