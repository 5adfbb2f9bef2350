// The derivatives of attention: for each block of keys, past all blocks of queries, scores are computed again.
//
// Derivatives by keys and values are whole where all queries have been seen, those by queries where all keys have. So
// where there are few batches (heads), their keys are divided in parts: a task makes what belongs to its own keys, and
// what they give the queries, which is added part by part. Parts follow from extents alone: every sum has one order.

#include "codegen/cpu/attention/AttentionKernel.h"
#include "codegen/cpu/gemm/GemmEmitter.h"
#include "codegen/cpu/KernelPart.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Elements that are worth a task where sums of parts are added. As much as a task costs (docs/decisions/0058).
constexpr int64_t kSummedElements = 1 << 14;

class GradientKernel {
 public:
  GradientKernel(KernelFrame &f, ir::DotProductAttentionGradientOp op)
      : f(f),
        op(op),
        a(f, op.getQuery(), op.getKey(), op.getValue(), op.getMask(), op.getCausal() != 0),
        parts(passes::partsOfKeys(f.extents, a.batch, a.keys)) {
    g = f.pointerOf(op.getG()), logsumexp = f.pointerOf(op.getLogsumexp()), delta = f.pointerOf(op.getDelta());
    for (auto [output, memory] : llvm::zip(f.outputs(), f.results))
      (output == op.getByQuery() ? byQuery : output == op.getByKey() ? byKey : byValue) = memory;
    sumByQuery = byQuery;
  }

  void emit() {
    if (constantOf(parts.count) != 1) return emitParts();
    f.setTrips(a.batch, workOf(a.keys));
    f.loop(f.begin, f.end, 1, [&](Value batch) { emitTask(batch, f.constant(0), a.keys); });
  }

 private:
  KernelFrame &f;
  ir::DotProductAttentionGradientOp op;
  AttentionEmitter a;
  passes::SumParts parts;  // of the keys of one batch
  Value g, logsumexp, delta;
  Value byQuery, byKey, byValue;  // null where nobody asks for it
  Value sumByQuery;               // where the task adds up: byQuery, or memory of its part of the keys
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

  Value workOf(Value keys) { return f.extents.product({a.queries, keys, f.extents.add(a.depth, a.valueDepth)}); }
  Value elementsByQuery() { return f.extents.product({a.batch, a.queries, a.depth}); }

  //===-- Parts of keys --------------------------------------------------------------------------------------===//

  /// Tasks are parts of a batch, and then ranges of the sums by queries: of the first part they are in the result.
  void emitParts() {
    KernelPart keys(f, "keys");
    GradientKernel(keys.frame, op).emitPartsOfKeys(keys);
    std::optional<KernelPart> sums;
    if (byQuery) GradientKernel(sums.emplace(f, "sums").frame, op).emitSums(*sums);
    f.setTrips(f.constant(1), 1);
    Value parameters = KernelPart::parametersOf(f, 0);
    Value one = f.constant(1), work = f.maximum(workOf(f.minimum(parts.each, a.keys)), one);
    Value grain = f.maximum(f.quotient(f.constant(f.taskWork), work), one);
    keys.run(f, parameters, f.mul(a.batch, parts.count), grain);
    if (!sums) return;
    sums->run(f, parameters, f.quotientUp(elementsByQuery(), f.constant(kSummedElements)), one);
  }

  /// Memory of parts after the first.
  Value partials() {
    if (!f.partials) throw InternalError("attention has no memory for its partial sums");
    return f.partials;
  }

  void emitPartsOfKeys(KernelPart &part) {
    Value memory = byQuery ? partials() : Value();
    f.loop(f.begin, f.end, 1, [&](Value task) {
      Value batch = f.quotient(task, parts.count);
      Value number = arith::RemUIOp::create(f.b, f.at, task, parts.count);
      if (byQuery) {
        Value isFirst = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, number, f.constant(0));
        Value own = a.offset(memory, f.mul(f.sub(number, f.constant(1)), elementsByQuery()));
        sumByQuery = a.select(isFirst, byQuery, own);
      }
      Value first = f.mul(number, parts.each);
      emitTask(batch, first, f.minimum(f.add(first, parts.each), a.keys));
    });
    part.end();
  }

  void emitSums(KernelPart &part) {
    Value memory = partials(), all = elementsByQuery(), range = f.constant(kSummedElements);
    f.loop(f.begin, f.end, 1, [&](Value task) {
      Value first = f.mul(task, range);
      f.laneLoop(first, f.minimum(f.add(first, range), all), {}, [&](Value start, Value lanes, mlir::ValueRange) {
        Value place = a.offset(byQuery, start);
        llvm::SmallVector<Value> sum = f.loop(f.constant(1), parts.count, 1, {a.load(place, lanes)},
                                              [&](Value number, mlir::ValueRange before) -> llvm::SmallVector<Value> {
                                                Value own = f.add(f.mul(f.sub(number, f.constant(1)), all), start);
                                                return {a.plus(before[0], a.load(a.offset(memory, own), lanes))};
                                              });
        a.store(sum[0], place, lanes);
        return llvm::SmallVector<Value>();
      });
    });
    part.end();
  }

  //===-- A task ---------------------------------------------------------------------------------------------===//

  void emitTask(Value batch, Value fromKey, Value toKey) {
    Value zero = f.constant(0);
    takeMemory();
    Value firstQuery = f.mul(batch, a.queries), firstKey = f.mul(batch, a.keys);
    auto clear = [&](Value memory, Value first, Value count, Value width) {
      if (memory) a.fillWithZeros(a.offset(memory, f.mul(first, width)), zero, f.mul(count, width));
    };
    Value ownKeys = f.sub(toKey, fromKey);
    clear(sumByQuery, firstQuery, a.queries, a.depth);
    clear(byKey, f.add(firstKey, fromKey), ownKeys, a.depth);
    clear(byValue, f.add(firstKey, fromKey), ownKeys, a.valueDepth);
    f.loop(fromKey, toKey, kKeyBlock, [&](Value key) {
      Value columns = f.minimum(f.constant(kKeyBlock), f.sub(toKey, key));
      // Earlier queries see none of these keys.
      Value from = zero;
      if (a.causal) from = f.mul(f.quotient(key, f.constant(kQueryBlock)), f.constant(kQueryBlock));
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
      addTo(sumByQuery, query, block.rows, a.depth);
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
