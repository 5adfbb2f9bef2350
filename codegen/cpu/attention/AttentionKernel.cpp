// Attention without its matrix of scores: each task takes a block of queries past all blocks of keys and keeps, for
// each query, the largest score so far, the sum of e^(score - largest) and the values weighted so, all of which are
// scaled when a larger score turns up. (Milakov and Gimelshein, Online normalizer calculation for softmax, 2018.)

#include "codegen/cpu/attention/AttentionKernel.h"
#include "codegen/cpu/math/VectorMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

namespace {

/// 32 KiB of f32 (docs/decisions/0040).
constexpr int64_t kRowsTogether = 32;

class ForwardKernel {
 public:
  ForwardKernel(KernelFrame &f, ir::DotProductAttentionOp op)
      : f(f), a(f, op.getQuery(), op.getKey(), op.getValue(), op.getMask(), op.getCausal() != 0) {
    for (auto [output, memory] : llvm::zip(f.outputs(), f.results))
      (output == op.getResult() ? result : logsumexp) = memory;
  }

  void emit() {
    Value block = f.constant(kQueryBlock);
    blocks = f.extents.div(f.extents.add(a.queries, f.constant(kQueryBlock - 1)), block);
    f.setTrips(f.mul(a.batch, blocks), f.extents.product({block, a.keys, f.extents.add(a.depth, a.valueDepth)}));
    f.loop(f.begin, f.end, 1, [&](Value trip) { emitTask(trip); });
  }

 private:
  KernelFrame &f;
  AttentionEmitter a;
  Value result, logsumexp;  // null where nobody asks for it
  Value blocks;
  // Memory of the task. A line has one number a query.
  Value scores, products, tops, totals, factors, bases;
  using Carried = llvm::SmallVector<Value>;

  void takeMemory() {
    Value forScores = f.constant(kQueryBlock * kScoreStride),
          forProducts = f.mul(f.constant(kQueryBlock), a.valueDepth);
    Value line = f.constant(kQueryBlock);
    Value sums = result ? f.constant(0) : forProducts;
    scores = a.scratch(f.add(f.add(forScores, f.mul(line, f.constant(4))), f.add(forProducts, sums)));
    tops = a.offset(scores, forScores);
    totals = a.offset(tops, line);
    factors = a.offset(totals, line);
    bases = a.offset(factors, line);
    products = a.offset(bases, line);
  }

  void emitTask(Value trip) {
    Value zero = f.constant(0);
    Value batch = f.quotient(trip, blocks);
    Value first = f.mul(arith::RemUIOp::create(f.b, f.at, trip, blocks), f.constant(kQueryBlock));
    Value rows = f.minimum(f.constant(kQueryBlock), f.sub(a.queries, first));
    takeMemory();
    Value query = f.add(f.mul(batch, a.queries), first);
    Value sums = result ? a.offset(result, f.mul(query, a.valueDepth))
                        : a.offset(products, f.mul(f.constant(kQueryBlock), a.valueDepth));
    a.fillWithZeros(sums, zero, f.mul(rows, a.valueDepth));
    f.loop(zero, rows, 1, [&](Value row) {
      a.storeOne(a.scalarOf(-INFINITY), tops, row);
      a.storeOne(a.scalarOf(0), totals, row);
    });
    Value end = a.causal ? f.minimum(a.keys, f.add(first, rows)) : a.keys;
    f.loop(zero, end, kKeyBlock, [&](Value firstKey) {
      AttentionEmitter::Block block{batch, first, rows, firstKey,
                                    f.minimum(f.constant(kKeyBlock), f.sub(end, firstKey))};
      a.multiplyKeys(block, scores);
      weighRows(block);
      Value value = a.offset(a.valueMemory, f.mul(f.add(f.mul(batch, a.keys), firstKey), a.valueDepth));
      a.multiply(a.rowMajor(scores, f.constant(kScoreStride)), a.rowMajor(value, a.valueDepth), products, a.valueDepth,
                 rows, a.valueDepth, block.columns);
      a.addRows(sums, products, rows, a.valueDepth, factors);
    });
    f.loop(zero, rows, 1, [&](Value row) { finishRow(sums, query, row); });
  }

  /// Scores become e^(score - largest so far); notes what earlier sums are to be multiplied by. Rows are passed over in
  /// groups that stay in the L1 cache, and what is done once a row for many rows at a time: a row alone is a chain of
  /// instructions that wait for each other (8 heads of 2048 x 64: 63 ms row by row, 48 so).
  void weighRows(const AttentionEmitter::Block &block) {
    f.loop(f.constant(0), block.rows, kRowsTogether, [&](Value first) {
      Value last = f.minimum(f.add(first, f.constant(kRowsTogether)), block.rows);
      f.loop(first, last, 1, [&](Value row) { findLargest(block, row); });
      f.laneLoop(first, last, {}, [&](Value rows, Value lanes, mlir::ValueRange) {
        Value before = a.load(a.offset(tops, rows), lanes);
        Value top = a.larger(a.load(a.offset(bases, rows), lanes), before);
        // As long as nothing has been seen, -inf: x - -inf would be NaN.
        Value base = a.select(a.equals(top, -INFINITY), a.vectorOf(0), top);
        Value factor = a.exponential(a.minus(before, base));
        a.store(top, a.offset(tops, rows), lanes);
        a.store(base, a.offset(bases, rows), lanes);
        a.store(factor, a.offset(factors, rows), lanes);
        Value place = a.offset(totals, rows);
        a.store(a.times(a.load(place, lanes), factor), place, lanes);
        return Carried();
      });
      f.loop(first, last, 1, [&](Value row) { weighRow(block, row); });
    });
  }

  /// Leaves the largest score of a row in `bases`; NaN are found by weighRow.
  void findLargest(const AttentionEmitter::Block &block, Value row) {
    Value line = a.offset(scores, f.mul(row, f.constant(kScoreStride))), mask = a.maskRow(block, row);
    Value largest = f.laneLoop(f.constant(0), a.visibleColumns(block, row), {a.vectorOf(-INFINITY)},
                               [&](Value start, Value lanes, mlir::ValueRange now) {
                                 Value x = a.scoresAt(line, mask, start, lanes);
                                 if (mask) a.store(x, a.offset(line, start), lanes);
                                 return Carried{a.larger(x, now[0])};
                               })[0];
    a.storeOne(a.fold(largest, [&](Value x, Value y) { return a.larger(x, y); }), bases, row);
  }

  void weighRow(const AttentionEmitter::Block &block, Value row) {
    Value line = a.offset(scores, f.mul(row, f.constant(kScoreStride))), seen = a.visibleColumns(block, row);
    Value base = a.splat(a.loadOne(bases, row));
    Value total = f.laneLoop(f.constant(0), seen, {a.vectorOf(0)}, [&](Value start, Value lanes, mlir::ValueRange now) {
      Value place = a.offset(line, start);
      Value weight = a.exponential(a.minus(a.load(place, lanes), base));
      if (lanes) weight = a.select(lanes, weight, a.vectorOf(0));
      a.store(weight, place, lanes);
      return Carried{a.plus(now[0], weight)};
    })[0];
    total = a.fold(total, [&](Value x, Value y) { return a.plus(x, y); });
    if (a.causal) a.fillWithZeros(line, seen, block.columns);
    a.storeOne(a.plus(a.loadOne(totals, row), total), totals, row);
  }

  void finishRow(Value sums, Value query, Value row) {
    Value total = a.loadOne(totals, row), sawNone = a.equals(total, 0);
    if (result) {
      Value share = arith::DivFOp::create(f.b, f.at, a.scalarOf(1), total);
      Value shares = a.splat(a.select(sawNone, a.scalarOf(0), share)), line = a.offset(sums, f.mul(row, a.valueDepth));
      f.laneLoop(f.constant(0), a.valueDepth, {}, [&](Value start, Value lanes, mlir::ValueRange) {
        Value place = a.offset(line, start);
        a.store(a.times(a.load(place, lanes), shares), place, lanes);
        return llvm::SmallVector<Value>();
      });
    }
    if (!logsumexp) return;
    Value sum = a.plus(a.loadOne(tops, row), emitMath(f.b, f.at, MathFn::Log, total));
    a.storeOne(a.select(sawNone, a.scalarOf(INFINITY), sum), logsumexp, f.add(query, row));
  }
};

}  // namespace

void emitAttentionKernel(KernelFrame &f) {
  mlir::Operation *op = &f.body().front();
  f.setForm("blocks of " + llvm::Twine(kQueryBlock) + " queries by " + llvm::Twine(kKeyBlock) + " keys");
  if (auto attention = llvm::dyn_cast<ir::DotProductAttentionOp>(op)) return ForwardKernel(f, attention).emit();
  emitAttentionGradientKernel(f, llvm::cast<ir::DotProductAttentionGradientOp>(op));
}

}  // namespace etch::codegen
