// Reductions of a whole tensor to one number: two stages, so that many threads read it.
//
// The tensor is cut into chunks of about kBlock elements: parts of its one line, or so many whole lines. A task folds a
// chunk into one vector of states and leaves it in scratch; when all have, the states are combined in order of the
// chunks. The chunks follow from the shape, so results do not depend on threads, and a tensor of one chunk is folded as
// ReduceRows.cpp does it.
//
// The kernel has a part (KernelPart.h) that folds chunks of a round, which two more words of params say: where the
// scratch is, and the chunk that comes first in it.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/KernelPart.h"
#include "codegen/cpu/reduce/ReduceKernel.h"
#include "codegen/cpu/reduce/RowPasses.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Chunks whose states are in scratch at a time: 32 KiB a state, on the caller's stack (docs/decisions/0020). A
/// quarter, four times: .97, 1.00.
constexpr int64_t kRound = 256;

/// What one frame (the kernel's, its part's) knows of the chunks.
class Chunks {
 public:
  explicit Chunks(ReduceFrame &r) : r(r), f(r.f) {
    for (int64_t axis : r.reducedAxes)
      if (axis != r.lane && constantOf(r.size[axis]) != 1) lineAxes.push_back(axis);
    Value length = r.size[r.lane];
    if (lineAxes.empty()) {
      count = f.quotientUp(length, f.constant(kReduceBlock));
      return;
    }
    Values extents;
    for (int64_t axis : lineAxes) extents.push_back(r.size[axis]);
    lines = f.extents.product(extents);
    linesPerChunk = f.quotientUp(f.constant(kReduceBlock), f.maximum(length, f.constant(1)));
    count = f.quotientUp(lines, linesPerChunk);
  }

  Value number() const { return count; }

  /// The states of one chunk.
  Values fold(const ReducerSet &reducers, Value chunk, bool unroll, TakeVector take) {
    Value length = r.size[r.lane];
    if (lineAxes.empty()) {
      Value first = f.mul(chunk, f.constant(kReduceBlock));
      return reduceStretch(f, reducers, first, f.minimum(f.add(first, f.constant(kReduceBlock)), length), unroll, take);
    }
    Value first = f.mul(chunk, linesPerChunk), last = f.minimum(f.add(first, linesPerChunk), lines);
    return f.loop(first, last, 1, reducers.initial(kLanes), [&](Value line, mlir::ValueRange carried) {
      for (size_t i = lineAxes.size(); i-- > 0;) {
        Value extent = r.size[lineAxes[i]];
        r.index[lineAxes[i]] = {i ? arith::RemUIOp::create(f.b, f.at, line, extent).getResult() : line, 0, {}};
        if (i) line = f.quotient(line, extent);
      }
      return reducers.combine(carried, reduceLine(f, reducers, length, unroll, take));
    });
  }

 private:
  ReduceFrame &r;
  KernelFrame &f;
  llvm::SmallVector<int64_t> lineAxes;  // those around the lines
  Value count, lines, linesPerChunk;
};

/// Where states lie in scratch: vectors side by side, each as large as the largest.
class StateScratch {
 public:
  StateScratch(KernelFrame &f, const ReducerSet &reducers) : f(f) {
    for (Value state : reducers.initial(kLanes)) types.push_back(state.getType());
  }

  Value allocate() { return f.allocate(kRound * bytesPerChunk()); }
  void store(Value scratch, Value chunk, mlir::ValueRange states) {
    for (auto [i, state] : llvm::enumerate(states))
      LLVM::StoreOp::create(f.b, f.at, state, address(scratch, chunk, i), alignment);
  }
  Values load(Value scratch, Value chunk) {
    Values states;
    for (auto [i, type] : llvm::enumerate(types))
      states.push_back(LLVM::LoadOp::create(f.b, f.at, type, address(scratch, chunk, i), alignment));
    return states;
  }

 private:
  KernelFrame &f;
  llvm::SmallVector<mlir::Type> types;
  static constexpr int64_t kVectorBytes = kLanes * 8;
  static constexpr int64_t alignment = 64;

  int64_t bytesPerChunk() const { return static_cast<int64_t>(types.size()) * kVectorBytes; }
  Value address(Value scratch, Value chunk, size_t state) {
    Value offset =
        f.add(f.mul(chunk, f.constant(bytesPerChunk())), f.constant(static_cast<int64_t>(state) * kVectorBytes));
    return LLVM::GEPOp::create(f.b, f.at, scratch.getType(), f.b.getI8Type(), scratch,
                               llvm::ArrayRef<LLVM::GEPArg>{offset});
  }
};

class WholeEmitter {
 public:
  WholeEmitter(ReduceFrame &r, const RowPasses &plan) : r(r), f(r.f), plan(plan) {}

  void emit() {
    KernelPart part(f, "part");
    emitPart(part);
    ReducerSet reducers = reducersOf(r);
    Chunks chunks(r);
    f.setTrips(f.constant(1), 1);
    StateScratch states(f, reducers);
    Value scratch = states.allocate();
    Value params = KernelPart::parametersOf(f, 2);
    KernelPart::setWord(f, params, 0, scratch);
    Values total = f.loop(f.constant(0), chunks.number(), kRound, reducers.initial(kLanes),
                          [&](Value first, mlir::ValueRange so_far) {
                            KernelPart::setWord(f, params, 1, first);
                            Value count = f.minimum(f.sub(chunks.number(), first), f.constant(kRound));
                            part.run(f, params, count, f.constant(1));
                            return f.loop(f.constant(0), count, 1, so_far, [&](Value chunk, mlir::ValueRange carried) {
                              return reducers.combine(carried, states.load(scratch, chunk));
                            });
                          });
    finish(total, reducers);
  }

 private:
  ReduceFrame &r;
  KernelFrame &f;
  const RowPasses &plan;

  static ReducerSet reducersOf(ReduceFrame &frame) {
    ReducerSet reducers;
    for (Reducer &reducer : frame.reducers) reducers.add(&reducer);
    return reducers;
  }

  void emitPart(KernelPart &part) {
    KernelFrame &frame = part.frame;
    ReduceFrame own(frame);
    ReducerSet reducers = reducersOf(own);
    Chunks chunks(own);
    StateScratch states(frame, reducers);
    Value scratch = part.word(0, LLVM::LLVMPointerType::get(f.b.getContext())),
          first = part.word(1, frame.b.getI64Type());
    const RowPasses::Pass &pass = plan.all().front();
    const std::optional<int64_t> ahead = own.elementsAhead(plan);
    frame.loop(frame.begin, frame.end, 1, [&](Value chunk) {
      Values folded = chunks.fold(reducers, frame.add(first, chunk), isShortBody(pass.cost),
                                  [&](Value start, Value mask, mlir::ValueRange states) {
                                    own.index[own.lane] = {start, 1, {}};
                                    frame.elements.enterBody(kLanes, mask);
                                    Values next = reducers.map(states, [&](Reducer &reducer, mlir::ValueRange mine) {
                                      return reducer.take(mine, own.index, mask);
                                    });
                                    storeElements(frame, own.index, pass);
                                    if (ahead && !mask) own.fetchAhead(*ahead);
                                    return next;
                                  });
      states.store(scratch, chunk, folded);
    });
    part.end();
  }

  static void storeElements(KernelFrame &frame, const Index &index, const RowPasses::Pass &pass) {
    Values values;
    for (unsigned i : pass.outputs) values.push_back(frame.elements.at(frame.outputs()[i], index));
    for (auto [i, value] : llvm::zip(pass.outputs, values))
      frame.elements.store(frame.at, value, frame.results[i], frame.outputs()[i], index);
  }

  void finish(mlir::ValueRange total, const ReducerSet &reducers) {
    reducers.map(total, [&](Reducer &reducer, mlir::ValueRange own) {
      f.elements.setValue(reducer.result(), reducer.finish(reducer.foldLanes(own)));
      return Values();
    });
    f.elements.enterBody(0, {});
    for (mlir::Operation *op : plan.all().front().epilogue)
      f.elements.setValue(op->getResult(0), f.elements.at(op->getResult(0), {}));
    llvm::SmallVector<std::pair<Value, Value>> outputs;
    for (unsigned i : plan.rowOutputs()) outputs.push_back({f.outputs()[i], f.results[i]});
    r.storeReduced(outputs);
  }
};

}  // namespace

bool emitReduceWhole(ReduceFrame &frame) {
  if (!frame.keptAxes.empty()) return false;
  RowPasses plan(frame.f.source, /*rowsTogether=*/1);
  if (plan.all().size() != 1 || !plan.all().front().kept.empty()) return false;
  // One chunk needs no second stage.
  if (frame.domain.hasStaticShape() && frame.domain.getNumElements() <= kReduceBlock) return false;
  WholeEmitter(frame, plan).emit();
  return true;
}

}  // namespace etch::codegen
