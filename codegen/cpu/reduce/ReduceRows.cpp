// Reductions over the vectorised axis, and what reads their results over the same rows.
//
// Along the vectorised axis, element e goes to partial result e mod 64: four vectors of sixteen lanes in turn, so that
// an addition need not wait for the one before. They are folded pairwise: e with e + 32, + 16, + 8, + 4, + 2, + 1. A
// result is begun afresh every kReduceBlock elements, and for each line of the other reduced axes, and added to the
// total:
// rounding errors of a sum of 10^8 numbers stay those of a few thousand.
//
// A row is passed over once for each reduction that needs another one's result, and once more for what is stored at
// every element: it stays in the L1 or L2 cache meanwhile. RowPasses.h says what each pass does, RowGroup.h when
// several rows take it together.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/reduce/PickedElement.h"
#include "codegen/cpu/reduce/ReduceKernel.h"
#include "codegen/cpu/reduce/RowGroup.h"
#include "codegen/cpu/reduce/RowPasses.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/elements/StreamedStores.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Vectors of partial results (docs/decisions/0015).
constexpr int64_t kPartials = 4;
/// Bodies with at most so many instructions stand side by side, kPartials of them; longer ones take turns
/// (docs/decisions/0015). Half, twice: 1.00, no kernel changes.
constexpr int64_t kUnrollCost = 12;
/// Rows that memory is asked for in advance, if so many of them have kShortRow elements or more. 4096x1024 f32 on a
/// Xeon with AVX-512, over memcpy of it: softmax 1.81 without, 1.41 with 2 rows, 1.44 with 4; gradient of
/// cross-entropy 1.46 without, 1.25 with 2, 1.37 when the third pass asks.
constexpr int64_t kRowsAhead = 2;
/// Rows of at most so many elements take passes sixteen at a time (RowGroup.h). Longer ones hide the wait for the row
/// before, and those of large tensors lose: reading, arithmetic and writing take turns then (4096x1024: softmax 1.28
/// ms, 1.51 by fours, layer norm 1.28 and 1.46).
constexpr int64_t kShortRow = 256;

/// Folds a stretch of a line, vector after vector.
class StretchEmitter {
 public:
  StretchEmitter(KernelFrame &f, const ReducerSet &reducers, bool unroll, TakeVector take)
      : f(f), reducers(reducers), unroll(unroll), take(take) {}

  Values emit(Value first, Value last) {
    auto from = constantOf(first), to = constantOf(last);
    int64_t length = from && to ? *to - *from : -1;
    count = length < 0 ? kPartials : std::clamp<int64_t>((length + kLanes - 1) / kLanes, 1, kPartials);
    Values states;
    for (int64_t i = 0; i < count; ++i) llvm::append_range(states, reducers.initial(kLanes));
    width = states.size() / count;
    Value middle = first;
    if (unroll && (length < 0 || length >= kPartials * kLanes)) {
      int64_t step = kPartials * kLanes;
      middle = wholeSteps(first, last, step);
      states = f.loop(first, middle, step, states, [&](Value start, mlir::ValueRange carried) {
        Values next;
        for (int64_t i = 0; i < kPartials; ++i)
          llvm::append_range(next, take(f.add(start, f.constant(i * kLanes)), Value(), part(carried, i)));
        return next;
      });
    }
    // The rest takes turns. Folding is the same wherever the turn ends: partial i meets i + 2 first.
    states = f.laneLoop(middle, last, states, [&](Value start, Value mask, mlir::ValueRange carried) {
      Values next;
      for (int64_t i = 1; i < count; ++i) llvm::append_range(next, part(carried, i));
      llvm::append_range(next, take(start, mask, part(carried, 0)));
      return next;
    });
    return fold(states);
  }

 private:
  KernelFrame &f;
  const ReducerSet &reducers;
  bool unroll;
  TakeVector take;
  int64_t count = 0;
  size_t width = 0;

  mlir::ValueRange part(mlir::ValueRange states, int64_t i) const { return states.slice(i * width, width); }

  Value wholeSteps(Value first, Value last, int64_t step) {
    auto from = constantOf(first), to = constantOf(last);
    if (from && to) return f.constant(*from + (*to - *from) / step * step);
    return f.add(first, arith::AndIOp::create(f.b, f.at, f.sub(last, first), f.constant(-step)));
  }

  Values fold(mlir::ValueRange states) {
    if (reducers.empty()) return {};
    Values low = llvm::to_vector_of<Value>(part(states, 0));
    if (count > 2) low = reducers.combine(low, part(states, 2));
    if (count == 1) return low;
    Values high = llvm::to_vector_of<Value>(part(states, 1));
    if (count > 3) high = reducers.combine(high, part(states, 3));
    return reducers.combine(low, high);
  }
};

}  // namespace

bool isShortBody(int64_t cost) { return cost <= kUnrollCost; }

Values reduceStretch(KernelFrame &f, const ReducerSet &reducers, Value first, Value last, bool unroll,
                     TakeVector take) {
  return StretchEmitter(f, reducers, unroll, take).emit(first, last);
}

Values reduceLine(KernelFrame &f, const ReducerSet &reducers, Value length, bool unroll, TakeVector take) {
  StretchEmitter stretch(f, reducers, unroll, take);
  Value zero = f.constant(0);
  // A line of one block needs no total: combining it with the initial state would not change a bit, so known and
  // unknown extents agree.
  if (reducers.empty() || constantOf(length).value_or(kReduceBlock + 1) <= kReduceBlock)
    return stretch.emit(zero, length);
  return f.loop(zero, length, kReduceBlock, reducers.initial(kLanes), [&](Value first, mlir::ValueRange total) {
    Values block = stretch.emit(first, f.minimum(f.add(first, f.constant(kReduceBlock)), length));
    return reducers.combine(total, block);
  });
}

namespace {

class RowsEmitter {
 public:
  explicit RowsEmitter(ReduceFrame &r)
      : r(r),
        f(r.f),
        rows(rowsTogether()),
        plan(f.source, rows, !streamableOutputs(f.source).empty()),
        group(r, rows) {}

  void emit() {
    f.setTrips(r.keptAxes.empty() ? f.constant(1) : r.size[r.keptAxes[0]], r.workPerTrip(),
               f.constant(r.keptAxes.size() == 1 ? rows : 1));
    for (int64_t bytes : plan.stackPlaces()) stackRows.push_back({f.allocate(bytes), Value()});
    if (auto last = streamedByLastPass(); !last.empty()) streamed.emplace(f, last, f.constant(0));
    group.overGroups([&] {
      for (const RowPasses::Pass &pass : plan.all()) emitPass(pass);
      llvm::SmallVector<std::pair<Value, Value>> outputs;
      for (unsigned i : plan.rowOutputs()) outputs.push_back({f.outputs()[i], f.results[i]});
      r.storeReduced(outputs);
    });
    if (streamed) streamed->finish();
  }

 private:
  ReduceFrame &r;
  KernelFrame &f;
  const int64_t rows;  // that take passes together
  RowPasses plan;
  RowGroup group;
  struct StackRow {
    Value address;
    Value tensor;  // that waits there
  };
  llvm::SmallVector<StackRow> stackRows;   // by place
  std::optional<StreamedStores> streamed;  // outputs of the last pass

  int64_t rowsTogether() const {
    if (!r.domain.hasStaticShape()) return 1;
    int64_t rows = 1, length = 1;
    for (int64_t axis : r.keptAxes)
      if (r.domain.getDimSize(axis) != 1) rows = r.domain.getDimSize(axis);
    for (int64_t axis : r.reducedAxes) length *= r.domain.getDimSize(axis);
    return length <= kShortRow ? std::clamp<int64_t>(rows, 1, kLanes) : 1;
  }

  /// Outputs of a last pass that reduces nothing, if rows begin at lines, and no value waits in their rows.
  llvm::SmallVector<unsigned> streamedByLastPass() const {
    const RowPasses::Pass &last = plan.all().back();
    if (!last.reductions.empty() || !plan.isContiguous() || constantOf(r.size[r.lane]).value_or(1) % kLanes != 0)
      return {};
    llvm::SmallVector<unsigned> outputs = streamableOutputs(f.source);
    llvm::erase_if(outputs, [&](unsigned output) {
      return !llvm::is_contained(last.outputs, output) || llvm::any_of(plan.all(), [&](const RowPasses::Pass &pass) {
        return llvm::any_of(pass.kept,
                            [&](const RowPasses::Kept &kept) { return kept.inOutput == static_cast<int>(output); });
      });
    });
    return outputs;
  }

  /// Where the kernel's indices find a kept value: row 0 lies so far before the row on the stack.
  Value addressOf(const RowPasses::Kept &kept) {
    if (kept.inOutput >= 0) return f.results[kept.inOutput];
    Value start = f.elements.linearize(f.at, r.size, group.firstElement()).base;
    return elementPointer(f.b, f.at, dtypeOf(kept.value), stackRows[kept.onStack].address, f.sub(f.constant(0), start));
  }

  /// What waited in its place is gone: whoever asks for it from now on computes it.
  void overwrite(const RowPasses::Kept &kept) {
    if (kept.onStack < 0) return;
    Value tensor = std::exchange(stackRows[kept.onStack].tensor, kept.value);
    if (tensor) f.elements.unbindPointer(tensor);
  }

  /// The same for a row of an output: a later pass than those it was meant for may ask, too.
  void overwriteOutput(unsigned output) {
    for (const RowPasses::Pass &pass : plan.all())
      for (const RowPasses::Kept &kept : pass.kept)
        if (kept.inOutput == static_cast<int>(output) && kept.value != f.outputs()[output])
          f.elements.unbindPointer(kept.value);
  }

  void emitPass(const RowPasses::Pass &pass) {
    ReducerSet reducers;
    Values numbers;
    for (Reducer &reducer : r.reducers)
      if (llvm::is_contained(pass.reductions, reducer.op)) {
        reducers.add(&reducer);
        numbers.push_back(reducer.result());
      }
    llvm::SmallVector<Value> keptAt;
    for (const RowPasses::Kept &kept : pass.kept) keptAt.push_back(addressOf(kept));
    const bool isEmpty = reducers.empty() && pass.outputs.empty() && pass.kept.empty();
    if (&pass == &plan.all().back() && streamed)
      group.eachRow(numbers, [&] {
        streamed->emit([&] { foldRow(pass, reducers, keptAt); });
        return Values();
      });
    else if (!isEmpty)
      group.eachRow(numbers, [&] { return foldRow(pass, reducers, keptAt); });
    for (unsigned output : pass.outputs) overwriteOutput(output);
    for (const RowPasses::Kept &kept : pass.kept) overwrite(kept);
    for (mlir::Operation *op : pass.epilogue) {
      if (std::optional<PickedElement> picked = pickedElementOf(op))
        group.eachRow(op->getResult(0), [&] { return Values{emitPickedElement(r, *picked)}; });
      else
        group.compute(op->getResult(0));
    }
    for (auto [kept, address] : llvm::zip(pass.kept, keptAt)) f.elements.bindPointer(kept.value, address);
  }

  /// The numbers of the row at the frame's index; stores what the pass makes at every element.
  Values foldRow(const RowPasses::Pass &pass, const ReducerSet &reducers, llvm::ArrayRef<Value> keptAt) {
    auto take = [&](Value start, Value mask, mlir::ValueRange states) {
      r.index[r.lane] = {start, 1, {}};
      f.elements.enterBody(kLanes, mask);
      Values next = reducers.map(
          states, [&](Reducer &reducer, mlir::ValueRange own) { return reducer.take(own, r.index, mask); });
      storeElements(pass, keptAt);
      if (plan.all().size() > 1 && &pass == &plan.all()[1]) prefetch();
      return next;
    };
    bool unroll = isShortBody(pass.cost), hasLines = r.reducedAxes.size() > 1;
    Values states = r.overReduced(reducers.initial(kLanes), [&](mlir::ValueRange carried) {
      Values line = reduceLine(f, reducers, r.size[r.lane], unroll, take);
      return hasLines ? reducers.combine(carried, line) : line;
    });
    f.elements.enterBody(0, {});
    return reducers.map(
        states, [&](Reducer &reducer, mlir::ValueRange own) { return Values{reducer.finish(reducer.foldLanes(own))}; });
  }

  /// Later passes find a row in the cache, so memory has nothing to do meanwhile: the second one asks for what the
  /// first will read, kRowsAhead rows on. Addresses beyond the end do no harm.
  void prefetch() {
    if (!plan.isContiguous()) return;
    Values row;
    for (int64_t axis : r.reducedAxes) row.push_back(r.size[axis]);
    Value ahead = f.mul(f.extents.product(row), f.constant(std::max(kRowsAhead, rows)));
    if (constantOf(ahead).value_or(kShortRow) < kShortRow) return;
    Value position = f.add(f.elements.linearize(f.at, r.size, r.index).base, ahead);
    for (auto [argument, pointer] : llvm::zip(f.body().getArguments(), f.operands)) {
      auto type = llvm::cast<mlir::RankedTensorType>(argument.getType());
      if (type.getShape() != r.domain.getShape()) continue;
      DType dtype = ir::toDType(type.getElementType());
      Value address = elementPointer(f.b, f.at, dtype, pointer, position);
      for (int64_t line = 0; line < kLanes * static_cast<int64_t>(size_of(dtype)); line += 64)
        LLVM::Prefetch::create(f.b, f.at, elementPointer(f.b, f.at, DType::u8, address, f.constant(line)), /*rw=*/0,
                               /*hint=*/3, /*cache=*/1);
    }
  }

  /// All values first, then all stores: a kept value may lie where another result goes.
  void storeElements(const RowPasses::Pass &pass, llvm::ArrayRef<Value> keptAt) {
    llvm::SmallVector<std::tuple<Value, Value, Value>> stores;  // element, address, tensor
    for (unsigned i : pass.outputs)
      stores.push_back({f.elements.at(f.outputs()[i], r.index), f.results[i], f.outputs()[i]});
    for (auto [kept, address] : llvm::zip(pass.kept, keptAt))
      if (kept.inOutput < 0 || f.outputs()[kept.inOutput] != kept.value)
        stores.push_back({f.elements.at(kept.value, r.index), address, kept.value});
    for (auto [element, address, tensor] : stores) f.elements.store(f.at, element, address, tensor, r.index);
  }
};

}  // namespace

void emitReduceRows(ReduceFrame &frame) { RowsEmitter(frame).emit(); }

}  // namespace etch::codegen
