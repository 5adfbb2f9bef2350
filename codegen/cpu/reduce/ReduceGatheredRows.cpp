// Extrema of rows of a little more than a vector, and what is reduced with them: sixteen rows side by side.
//
// A row of 17 elements is two vectors of which one is nearly empty, and folding a vector into one extremum takes longer
// than passing over ten. Here lanes are rows: a loop over the columns gathers sixteen elements of each, and nothing is
// folded across lanes. Squares of sixteen rows turned by shuffles, as ReduceShortRows.cpp turns shorter ones, run in
// two thirds to three quarters of the time, but LLVM needs twelve milliseconds more for them.
//
// Elements are added up in the order of ReduceRows.cpp: e with e + 32, + 16, + 8, + 4, + 2, + 1.
// docs/decisions/0091-few-elements-a-row.md has measurements.

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/VectorUnit.h"
#include "codegen/cpu/reduce/PickedElement.h"
#include "codegen/cpu/reduce/ReduceKernel.h"
#include "codegen/cpu/reduce/RowPasses.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using ir::typeOf;
using mlir::Value;

namespace {

/// Rows from kFewest elements on, up to kMost, and up to kMostOfArg where indices of extrema are asked for, which take
/// twice as long to fold.
constexpr int64_t kFewest = kLanes + 1, kMost = kLanes + kLanes / 2, kMostOfArg = 3 * kLanes;
/// Elements of fewer bytes have no gathers, and processors of narrower registers none at all.
constexpr int64_t kFewestBytes = 4, kFewestBits = 256;

class GatheredRowsEmitter {
 public:
  explicit GatheredRowsEmitter(ReduceFrame &r)
      : r(r), f(r.f), rowAxis(r.domain.getRank() - 2), length(r.domain.getShape().back()), plan(f.source, kLanes) {}

  void emit() {
    r.lane = rowAxis;
    const bool alongLanes = r.keptAxes[0] == rowAxis;
    f.setTrips(r.size[r.keptAxes[0]], r.workPerTrip(), f.constant(alongLanes ? kLanes : 1));
    allocate();
    r.overKept([&] {
      Value lower = alongLanes ? f.begin : f.constant(0), upper = alongLanes ? f.end : r.size[rowAxis];
      // The last rows may be fewer, whose lanes are masked.
      f.loop(lower, upper, kLanes,
             [&](Value start) { emitRows(start, f.minimum(f.sub(upper, start), f.constant(kLanes))); });
    });
  }

 private:
  ReduceFrame &r;
  KernelFrame &f;
  const int64_t rowAxis, length;
  RowPasses plan;
  llvm::DenseMap<Value, Value> columns;            // memory of values that wait for a later pass
  llvm::DenseMap<mlir::Operation *, Value> terms;  // and of what is added up
  Value mask;                                      // of the rows

  void allocate() {
    for (const RowPasses::Pass &pass : plan.all())
      for (const RowPasses::Kept &kept : pass.kept)
        columns[kept.value] = f.allocate(length * kLanes * static_cast<int64_t>(size_of(dtypeOf(kept.value))));
    for (Reducer &reducer : r.reducers)
      if (reducer.dependsOnOrder()) {
        mlir::Type element = mlir::getElementTypeOrSelf(reducer.initial(kLanes)[0].getType());
        terms[reducer.op] = f.allocate(length * kLanes * element.getIntOrFloatBitWidth() / 8);
      }
  }

  void emitRows(Value start, Value count) {
    mask = f.laneMask(count);
    r.index[rowAxis] = {start, 1, {}};
    llvm::SmallVector<Value> known;  // columns that earlier passes have left
    for (const RowPasses::Pass &pass : plan.all()) emitPass(pass, known);
    f.elements.enterBody(kLanes, mask);
    llvm::SmallVector<std::pair<Value, Value>> onceARow;
    for (unsigned i : plan.rowOutputs()) onceARow.push_back({f.outputs()[i], f.results[i]});
    r.storeReduced(onceARow);
    for (Reducer &reducer : r.reducers) f.elements.unsetValue(reducer.result());
  }

  Value columnAddress(Value tensor, Value column) {
    return elementPointer(f.b, f.at, dtypeOf(tensor), columns[tensor], f.mul(column, f.constant(kLanes)));
  }

  //===-- Passes ---------------------------------------------------------------------------------------------===//

  void emitPass(const RowPasses::Pass &pass, llvm::SmallVectorImpl<Value> &known) {
    ReducerSet carried;
    llvm::SmallVector<Reducer *> added;
    for (Reducer &reducer : r.reducers)
      if (llvm::is_contained(pass.reductions, reducer.op)) {
        if (reducer.dependsOnOrder())
          added.push_back(&reducer);
        else
          carried.add(&reducer);
      }
    Values states;
    if (!pass.reductions.empty() || !pass.kept.empty())
      states = f.loop(f.constant(0), f.constant(length), 1, carried.initial(kLanes),
                      [&](Value column, mlir::ValueRange before) {
                        return takeColumn(pass, column, known, carried, before, added);
                      });
    for (const RowPasses::Kept &kept : pass.kept) known.push_back(kept.value);
    f.elements.enterBody(kLanes, mask);
    carried.map(states, [&](Reducer &reducer, mlir::ValueRange own) {
      f.elements.setValue(reducer.result(), reducer.finish(own));
      return Values();
    });
    for (Reducer *reducer : added) f.elements.setValue(reducer->result(), reducer->finish(sumOfTerms(*reducer)));
    for (mlir::Operation *op : pass.epilogue) {
      Value value = f.elements.vectorAt(op->getResult(0), r.keptIndex());
      f.elements.setValue(op->getResult(0), value);
    }
  }

  Values takeColumn(const RowPasses::Pass &pass, Value column, llvm::ArrayRef<Value> known, const ReducerSet &carried,
                    mlir::ValueRange before, llvm::ArrayRef<Reducer *> added) {
    r.index.back() = {column, 0, {}};
    f.elements.enterBody(kLanes, mask);
    for (Value tensor : known)
      f.elements.setValue(tensor, loadVector(f, dtypeOf(tensor), columnAddress(tensor, column), Value()));
    Values next = carried.map(
        before, [&](Reducer &reducer, mlir::ValueRange own) { return reducer.take(own, r.index, Value()); });
    for (Reducer *reducer : added)
      storeTerm(*reducer, column, reducer->take(reducer->initial(kLanes), r.index, Value())[0]);
    for (const RowPasses::Kept &kept : pass.kept)
      storeVector(f, dtypeOf(kept.value), f.elements.vectorAt(kept.value, r.index), columnAddress(kept.value, column),
                  Value());
    for (Value tensor : known) f.elements.unsetValue(tensor);
    return next;
  }

  Value termAddress(Reducer &reducer, Value column, mlir::Type type) {
    Value memory = terms[reducer.op];
    return LLVM::GEPOp::create(f.b, f.at, memory.getType(), type, memory, llvm::ArrayRef<LLVM::GEPArg>{column});
  }
  void storeTerm(Reducer &reducer, Value column, Value term) {
    LLVM::StoreOp::create(f.b, f.at, term, termAddress(reducer, column, term.getType()), kAlignment);
  }
  Value sumOfTerms(Reducer &reducer) {
    mlir::Type type = reducer.initial(kLanes)[0].getType();
    auto load = [&](Value column) -> Value {
      return LLVM::LoadOp::create(f.b, f.at, type, termAddress(reducer, column, type), kAlignment);
    };
    for (int64_t half = 2 * kLanes; half >= 1; half /= 2)
      f.loop(f.constant(0), f.constant(std::clamp<int64_t>(length - half, 0, half)), 1, [&](Value column) {
        Value other = load(f.add(column, f.constant(half)));
        storeTerm(reducer, column, reducer.combine(load(column), other)[0]);
      });
    return load(f.constant(0));
  }
  static constexpr int64_t kAlignment = 32;
};

/// Whether rows are of so many elements, many, and computed by ops whose elements come one by one.
bool hasGatheredRows(ReduceFrame &r) {
  const int64_t rank = r.domain.getRank();
  if (rank < 2 || r.reducedAxes != llvm::ArrayRef<int64_t>{rank - 1} || !r.domain.hasStaticShape()) return false;
  const int64_t length = r.domain.getDimSize(rank - 1), rows = r.domain.getDimSize(rank - 2);
  const bool hasArg = llvm::any_of(r.reducers, [](const Reducer &reducer) { return reducer.stateWidth() > 1; });
  if (length < kFewest || length > (hasArg ? kMostOfArg : kMost) || rows < kLanes) return false;
  if (vectorUnitOf(r.f.source->getParentOfType<mlir::ModuleOp>()).bits < kFewestBits) return false;
  auto isLarge = [&](Value tensor) { return typeOf(tensor).getRank() == rank; };
  if (llvm::any_of(r.f.outputs(), isLarge)) return false;
  for (Value argument : r.f.body().getArguments())
    if (isLarge(argument) && size_of(dtypeOf(argument)) < kFewestBytes) return false;
  // Sums alone are folded in fewer instructions than gathers take.
  if (llvm::all_of(r.reducers, [](const Reducer &reducer) { return reducer.dependsOnOrder(); })) return false;
  return llvm::all_of(r.f.body().without_terminator(), [&](mlir::Operation &op) {
    if (pickedElementOf(&op)) return false;
    if (ir::family_of(*ir::opCodeOf(&op)) == ir::Family::Reduction) return dtypeOf(op.getOperand(0)) != DType::boolean;
    return op.hasTrait<ir::ElementwiseOp>() || llvm::isa<ir::ConstantOp, ir::BroadcastInDimOp, ir::IotaOp>(op);
  });
}

}  // namespace

bool emitReduceGatheredRows(ReduceFrame &frame) {
  if (!hasGatheredRows(frame)) return false;
  GatheredRowsEmitter(frame).emit();
  return true;
}

}  // namespace etch::codegen
