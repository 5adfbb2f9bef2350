// The derivatives of attention: for each block of keys, past all blocks of queries, scores are computed again. A task
// is one batch (one head), so that every sum has one order.

#include "codegen/cpu/AttentionKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

namespace {

class GradientKernel {
 public:
  GradientKernel(KernelFrame &f, ir::DotProductAttentionGradientOp op)
      : f(f), a(f, op.getQuery(), op.getKey(), op.getValue(), op.getMask(), op.getCausal() != 0) {
    g = a.pointerOf(op.getG()), logsumexp = a.pointerOf(op.getLogsumexp()), delta = a.pointerOf(op.getDelta());
    for (auto [output, memory] : llvm::zip(f.outputs(), f.results))
      (output == op.getByQuery() ? byQuery : output == op.getByKey() ? byKey : byValue) = memory;
  }

  void emit() {
    f.setTrips(a.batch, f.extents.product({a.queries, a.keys, f.extents.add(a.depth, a.valueDepth)}));
    f.loop(f.begin, f.end, 1, [&](Value batch) { emitTask(batch); });
  }

 private:
  KernelFrame &f;
  AttentionEmitter a;
  Value g, logsumexp, delta;
  Value byQuery, byKey, byValue;  // null where nobody asks for it
  // Memory of the task: scores, which become weights; g . value^T, which becomes the derivative by the scores;
  // products.
  Value weights, byScore, products;

  void takeMemory() {
    Value block = f.constant(kQueryBlock * kScoreStride);
    Value widest = arith::MaxSIOp::create(f.b, f.at, a.depth, a.valueDepth);
    Value forProducts = f.mul(f.constant(std::max(kQueryBlock, kKeyBlock)), widest);
    weights = a.scratch(f.add(f.mul(block, f.constant(2)), forProducts));
    byScore = a.offset(weights, block);
    products = a.offset(byScore, block);
  }

  void emitTask(Value batch) {
    Value zero = f.constant(0);
    takeMemory();
    Value firstQuery = f.mul(batch, a.queries), firstKey = f.mul(batch, a.keys);
    auto clear = [&](Value memory, Value first, Value count, Value width) {
      if (memory) a.fillWithZeros(a.offset(memory, f.mul(first, width)), zero, f.mul(count, width));
    };
    clear(byQuery, firstQuery, a.queries, a.depth);
    clear(byKey, firstKey, a.keys, a.depth);
    clear(byValue, firstKey, a.keys, a.valueDepth);
    f.loop(zero, a.keys, kKeyBlock, [&](Value key) {
      Value columns = f.minimum(f.constant(kKeyBlock), f.sub(a.keys, key));
      // Earlier queries see none of these keys.
      Value from = zero;
      if (a.causal)
        from = f.mul(arith::DivUIOp::create(f.b, f.at, key, f.constant(kQueryBlock)), f.constant(kQueryBlock));
      f.loop(from, a.queries, kQueryBlock, [&](Value query) {
        Value rows = f.minimum(f.constant(kQueryBlock), f.sub(a.queries, query));
        emitBlock({batch, query, rows, key, columns}, f.add(firstQuery, query), f.add(firstKey, key));
      });
    });
  }

  /// `query` and `key` count from the first batch.
  void emitBlock(const AttentionEmitter::Block &block, Value query, Value key) {
    Value stride = f.constant(kScoreStride);
    Value rowsOfG = a.offset(g, f.mul(query, a.valueDepth)), values = a.offset(a.valueMemory, f.mul(key, a.valueDepth));
    Value queries = a.offset(a.queryMemory, f.mul(query, a.depth)), keys = a.offset(a.keyMemory, f.mul(key, a.depth));
    a.multiplyKeys(block, weights);
    bool needsByScore = byQuery || byKey;
    if (needsByScore)
      a.multiply(a.rowMajor(rowsOfG, a.valueDepth), a.rowMajor(values, a.valueDepth).transposed(), byScore, stride,
                 block.rows, block.columns, a.valueDepth);
    f.loop(f.constant(0), block.rows, 1, [&](Value row) { weighRow(block, row, f.add(query, row), needsByScore); });
    auto addTo = [&](Value memory, Value first, Value count, Value width) {
      a.addRows(a.offset(memory, f.mul(first, width)), products, count, width, Value());
    };
    if (byValue) {
      a.multiply(a.rowMajor(weights, stride).transposed(), a.rowMajor(rowsOfG, a.valueDepth), products, a.valueDepth,
                 block.columns, a.valueDepth, block.rows);
      addTo(byValue, key, block.columns, a.valueDepth);
    }
    if (byKey) {
      a.multiply(a.rowMajor(byScore, stride).transposed(), a.rowMajor(queries, a.depth), products, a.depth,
                 block.columns, a.depth, block.rows);
      addTo(byKey, key, block.columns, a.depth);
    }
    if (byQuery) {
      a.multiply(a.rowMajor(byScore, stride), a.rowMajor(keys, a.depth), products, a.depth, block.rows, a.depth,
                 block.columns);
      addTo(byQuery, query, block.rows, a.depth);
    }
  }

  void weighRow(const AttentionEmitter::Block &block, Value row, Value query, bool needsByScore) {
    Value first = f.mul(row, f.constant(kScoreStride));
    Value line = a.offset(weights, first), other = a.offset(byScore, first);
    Value mask = a.maskRow(block, row), seen = a.visibleColumns(block, row);
    Value sums = a.splat(a.loadOne(logsumexp, query)), deltas = a.splat(a.loadOne(delta, query));
    f.laneLoop(f.constant(0), seen, {}, [&](Value start, Value lanes, mlir::ValueRange) {
      Value weight = a.exponential(a.minus(a.scoresAt(line, mask, start, lanes), sums));
      if (byValue) a.store(weight, a.offset(line, start), lanes);
      if (needsByScore) {
        Value place = a.offset(other, start);
        a.store(a.times(weight, a.minus(a.load(place, lanes), deltas)), place, lanes);
      }
      return llvm::SmallVector<Value>();
    });
    if (!a.causal) return;
    a.fillWithZeros(line, seen, block.columns);
    if (needsByScore) a.fillWithZeros(other, seen, block.columns);
  }
};

}  // namespace

void emitAttentionGradientKernel(KernelFrame &f, ir::DotProductAttentionGradientOp op) { GradientKernel(f, op).emit(); }

}  // namespace etch::codegen
