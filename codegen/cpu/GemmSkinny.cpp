// Products with few rows or columns: nothing is read often enough to be packed.

#include "codegen/cpu/GemmEmitter.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Columns whose dot products are taken together, and vectors of each that are in flight: enough sums to hide the
/// latency of a multiply-add.
constexpr int64_t kDots = 4, kInFlight = 2;

}  // namespace

mlir::func::FuncOp emitGemmFlat(GemmEmitter &e, llvm::StringRef routine, int64_t height, int64_t vectors) {
  const DType dtype = e.tiles.dtype;
  const int64_t lanes = e.tiles.lanes;
  auto function = e.begin((routine + ".flat" + llvm::Twine(height)).str(), 3, 7);
  mlir::Block &entry = function.getBody().front();
  Value left = entry.getArgument(0), right = entry.getArgument(1), out = entry.getArgument(2);
  Value leftRow = entry.getArgument(3), leftDepth = entry.getArgument(4), rightDepth = entry.getArgument(5),
        outRow = entry.getArgument(6), depth = entry.getArgument(7), rows = entry.getArgument(8),
        columns = entry.getArgument(9);
  Value zero = e.constant(0);

  auto block = [&](Value column, int64_t width, bool isWhole) {
    Values masks;
    for (int64_t v = 0; v < width; ++v)
      masks.push_back(isWhole ? Value() : e.mask(e.sub(columns, e.add(column, e.constant(v * lanes)))));
    Values carried = {e.offset(right, column, dtype)};
    for (int64_t r = 0; r < height; ++r) {
      // A row too many repeats the last one.
      Value row = height == 1 ? zero : e.minimum(e.constant(r), e.sub(rows, e.constant(1)));
      carried.push_back(e.offset(left, e.mul(row, leftRow), dtype));
    }
    carried.append(height * width, e.zeros(dtype));
    Values done = e.loop(zero, depth, e.constant(1), carried, [&](Value, mlir::ValueRange now) {
      Values next = {e.offset(now[0], rightDepth, dtype)}, line;
      for (int64_t v = 0; v < width; ++v) line.push_back(e.load(e.offset(now[0], v * lanes, dtype), dtype, masks[v]));
      for (int64_t r = 0; r < height; ++r) next.push_back(e.offset(now[1 + r], leftDepth, dtype));
      for (int64_t r = 0; r < height; ++r) {
        Value element = mlir::LLVM::LoadOp::create(e.b, e.at, memoryType(dtype, e.b.getContext()), now[1 + r],
                                                   static_cast<unsigned>(size_of(dtype)));
        Value factor = e.broadcast(element);
        for (int64_t v = 0; v < width; ++v)
          next.push_back(e.multiplyAdd(factor, line[v], now[1 + height + r * width + v]));
      }
      return next;
    });
    for (int64_t r = 0; r < height; ++r)
      e.branch(e.less(e.constant(r), rows), [&] {
        Value line = e.offset(out, e.add(e.mul(outRow, r), column), dtype);
        for (int64_t v = 0; v < width; ++v)
          e.store(done[1 + height + r * width + v], e.offset(line, v * lanes, dtype), dtype, masks[v]);
      });
  };
  // Whole blocks, then narrow ones with masks.
  const int64_t wide = vectors * lanes, narrow = std::max<int64_t>(1, vectors / 4);
  Value whole = e.mul(e.div(columns, wide), wide);
  e.loop(zero, whole, wide, [&](Value column) { block(column, vectors, true); });
  e.loop(whole, columns, narrow * lanes, [&](Value column) { block(column, narrow, false); });
  e.end();
  return function;
}

mlir::func::FuncOp emitGemmDots(GemmEmitter &e, llvm::StringRef routine) {
  const DType dtype = e.tiles.dtype;
  const int64_t lanes = e.tiles.lanes, step = kInFlight * lanes;
  auto function = e.begin((routine + ".dots").str(), 3, 6);
  mlir::Block &entry = function.getBody().front();
  Value left = entry.getArgument(0), right = entry.getArgument(1), out = entry.getArgument(2);
  Value leftRow = entry.getArgument(3), rightColumn = entry.getArgument(4), outRow = entry.getArgument(5),
        m = entry.getArgument(6), n = entry.getArgument(7), depth = entry.getArgument(8);
  Value zero = e.constant(0), one = e.constant(1);
  Value whole = e.mul(e.div(depth, step), step);
  e.loop(zero, m, 1, [&](Value row) {
    Value x = e.offset(left, e.mul(row, leftRow), dtype);
    e.loop(zero, n, kDots, [&](Value column) {
      Values lines;
      for (int64_t c = 0; c < kDots; ++c) {
        Value last = e.minimum(e.add(column, e.constant(c)), e.sub(n, one));
        lines.push_back(e.offset(right, e.mul(last, rightColumn), dtype));
      }
      auto products = [&](Value p, int64_t flights, Value mask, mlir::ValueRange sums) {
        Values next(sums.begin(), sums.end());
        for (int64_t i = 0; i < flights; ++i) {
          Value position = e.add(p, e.constant(i * lanes));
          Value factor = e.load(e.offset(x, position, dtype), dtype, mask);
          for (int64_t c = 0; c < kDots; ++c) {
            Value line = e.load(e.offset(lines[c], position, dtype), dtype, mask);
            next[i * kDots + c] = e.multiplyAdd(factor, line, next[i * kDots + c]);
          }
        }
        return next;
      };
      Values sums = e.loop(zero, whole, e.constant(step), Values(kInFlight * kDots, e.zeros(dtype)),
                           [&](Value p, mlir::ValueRange now) { return products(p, kInFlight, {}, now); });
      sums = e.loop(whole, depth, e.constant(lanes), sums,
                    [&](Value p, mlir::ValueRange now) { return products(p, 1, e.mask(e.sub(depth, p)), now); });
      Value place = e.offset(out, e.add(e.mul(row, outRow), column), dtype);
      for (int64_t c = 0; c < kDots; ++c) {
        Value sum = sums[c];
        for (int64_t i = 1; i < kInFlight; ++i) {
          Value other = sums[i * kDots + c];
          sum = is_floating(dtype) ? mlir::arith::AddFOp::create(e.b, e.at, sum, other).getResult()
                                   : mlir::arith::AddIOp::create(e.b, e.at, sum, other).getResult();
        }
        Value total = mlir::vector::ReductionOp::create(
            e.b, e.at, mlir::vector::CombiningKind::ADD, sum,
            is_floating(dtype) ? mlir::arith::FastMathFlags::reassoc : mlir::arith::FastMathFlags::none);
        e.branch(e.less(e.add(column, e.constant(c)), n), [&] {
          mlir::LLVM::StoreOp::create(e.b, e.at, total, e.offset(place, c, dtype),
                                      static_cast<unsigned>(size_of(dtype)));
        });
      }
    });
  });
  e.end();
  return function;
}

}  // namespace etch::codegen
