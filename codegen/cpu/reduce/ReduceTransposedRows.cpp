// Extrema of rows of a little more than a vector, and what is reduced with them: sixteen rows side by side.
//
// A row of 17 elements is two vectors of which one is nearly empty, and folding a vector into one extremum takes longer
// than passing over ten. Here lanes are rows: a loop over the columns takes sixteen elements of each, and nothing is
// folded across lanes. Operands of four bytes are transposed before, in squares of four by four, into memory that
// stays in L1; others are gathered. Squares of sixteen rows in registers, as ReduceShortRows.cpp has them, cost LLVM
// twelve milliseconds more.
//
// Elements are added up in the order of ReduceRows.cpp: e with e + 32, + 16, + 8, + 4, + 2, + 1.
// docs/decisions/0091-few-elements-a-row.md has measurements.

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/VectorUnit.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/elements/TransposedTile.h"
#include "codegen/cpu/reduce/PickedElement.h"
#include "codegen/cpu/reduce/ReduceKernel.h"
#include "codegen/cpu/reduce/RowPasses.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using ir::typeOf;
using mlir::Value;

namespace {

/// Rows from kFewest elements on, up to kMost, and up to kMostOfSeveral where indices of extrema or several of them are
/// asked for, which take longer to fold (docs/decisions/0091). kMost of 20: .85. kMostOfSeveral of 32: .39; with 63,
/// argmax of rows of 64 to 120 takes 1.3 to 1.8 times as long.
constexpr int64_t kFewest = kLanes + 1, kMost = kLanes + kLanes / 2, kMostOfSeveral = 8 * kLanes - 1;
/// Elements of fewer bytes have no gathers, and processors of narrower registers none at all (docs/decisions/0091).
constexpr int64_t kFewestBytes = 4, kFewestBits = 256;
/// Columns in turn that have running results of their own, where the body is short: each waits for the one before, an
/// index twelve cycles. At most so many, and in half of the registers (docs/decisions/0091). Half, twice: .92, .85.
constexpr int64_t kMostChains = 4;
/// Rows and columns of a square that is transposed, and the bytes of an element of it: a register of 128 bits a row.
/// Wider ones would save shuffles, of which LLVM takes long to choose the instructions (docs/decisions/0091).
constexpr int64_t kSquare = 4, kSquareBytes = 4;

class TransposedRowsEmitter {
 public:
  explicit TransposedRowsEmitter(ReduceFrame &r)
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
  llvm::DenseMap<Value, Value> columns;            // memory of transposed operands and of values for a later pass
  llvm::SmallVector<Value> inColumns;              // operands
  llvm::DenseMap<mlir::Operation *, Value> terms;  // and of what is added up
  Value mask;                                      // of the rows

  void allocate() {
    auto allocateColumns = [&](Value tensor) {
      columns[tensor] = f.allocate(length * kLanes * static_cast<int64_t>(size_of(dtypeOf(tensor))));
    };
    for (Value argument : f.body().getArguments())
      if (size_of(dtypeOf(argument)) == kSquareBytes && r.readsWholeRows(argument)) {
        allocateColumns(argument);
        inColumns.push_back(argument);
      }
    for (const RowPasses::Pass &pass : plan.all())
      for (const RowPasses::Kept &kept : pass.kept) allocateColumns(kept.value);
    for (Reducer &reducer : r.reducers)
      if (reducer.dependsOnOrder()) {
        mlir::Type element = mlir::getElementTypeOrSelf(reducer.initial(kLanes)[0].getType());
        terms[reducer.op] = f.allocate(length * kLanes * element.getIntOrFloatBitWidth() / 8);
      }
  }

  void emitRows(Value start, Value count) {
    mask = f.laneMask(count);
    transposeOperands(start, count);
    r.index[rowAxis] = {start, 1, {}};
    llvm::SmallVector<Value> known = inColumns;  // columns that are in memory
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

  /// Squares of four rows by four columns, the last columns reaching back. Rows that are too many are the last one
  /// again.
  void transposeOperands(Value start, Value count) {
    if (inColumns.empty()) return;
    Value last = f.sub(count, f.constant(1));
    f.loop(f.constant(0), f.constant(kLanes), kSquare, [&](Value row) {
      Values places;
      for (int64_t i = 0; i < kSquare; ++i) {
        r.index[rowAxis] = {f.add(start, f.minimum(f.add(row, f.constant(i)), last)), 0, {}};
        r.index.back() = {f.constant(0), 0, {}};
        places.push_back(f.elements.linearize(f.at, r.size, r.index).base);
      }
      f.loop(f.constant(0), f.constant(length), kSquare, [&](Value start) {
        Value column = f.minimum(start, f.constant(length - kSquare));
        for (Value operand : inColumns) transposeSquare(operand, places, row, column);
      });
    });
  }
  void transposeSquare(Value operand, llvm::ArrayRef<Value> places, Value row, Value column) {
    const DType dtype = dtypeOf(operand);
    Value pointer = f.pointerOf(operand);
    auto line = mlir::VectorType::get({kSquare}, memoryType(dtype, f.b.getContext()));
    Values square;
    for (Value place : places)
      square.push_back(
          loadLine(f.b, f.at, line, elementPointer(f.b, f.at, dtype, pointer, f.add(place, column)), Value()));
    for (auto [i, part] : llvm::enumerate(transposed(f.b, f.at, std::move(square)))) {
      Value to = columnAddress(operand, f.add(column, f.constant(static_cast<int64_t>(i))));
      storeLine(f.b, f.at, part, elementPointer(f.b, f.at, dtype, to, row), Value());
    }
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
      states = overColumns(carried, isShortBody(pass.cost) ? chainsOf(carried) : 1,
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

  int64_t chainsOf(const ReducerSet &carried) {
    const VectorUnit unit = f.vectorUnit();
    int64_t bits = 0;
    for (Value state : carried.initial(kLanes))
      bits += kLanes * mlir::getElementTypeOrSelf(state.getType()).getIntOrFloatBitWidth();
    if (bits == 0) return 1;
    return std::clamp<int64_t>(unit.registers / 2 * unit.bits / bits, 1, kMostChains);
  }

  /// The states of all columns; column e goes to running result e mod `chains`.
  Values overColumns(const ReducerSet &carried, int64_t chains,
                     llvm::function_ref<Values(Value column, mlir::ValueRange before)> take) {
    const int64_t whole = length / chains * chains;
    Values initial;
    for (int64_t chain = 0; chain < chains; ++chain) llvm::append_range(initial, carried.initial(kLanes));
    const size_t width = initial.size() / chains;
    auto chainOf = [&](mlir::ValueRange states, int64_t chain) { return states.slice(chain * width, width); };
    Values states =
        f.loop(f.constant(0), f.constant(whole), chains, initial, [&](Value first, mlir::ValueRange before) {
          Values next;
          for (int64_t chain = 0; chain < chains; ++chain)
            llvm::append_range(next, take(f.add(first, f.constant(chain)), chainOf(before, chain)));
          return next;
        });
    Values all = llvm::to_vector_of<Value>(chainOf(states, 0));
    for (int64_t chain = 1; chain < chains; ++chain) all = carried.combine(all, chainOf(states, chain));
    return f.loop(f.constant(whole), f.constant(length), 1, all, take);
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
bool areWorthTransposing(ReduceFrame &r) {
  const int64_t rank = r.domain.getRank();
  if (rank < 2 || r.reducedAxes != llvm::ArrayRef<int64_t>{rank - 1} || !r.domain.hasStaticShape()) return false;
  const int64_t length = r.domain.getDimSize(rank - 1), rows = r.domain.getDimSize(rank - 2);
  int64_t extrema = 0;  // and their indices: what would be folded across lanes
  for (const Reducer &reducer : r.reducers)
    if (!reducer.dependsOnOrder()) extrema += reducer.stateWidth();
  if (length < kFewest || length > (extrema > 1 ? kMostOfSeveral : kMost) || rows < kLanes) return false;
  if (r.f.vectorUnit().bits < kFewestBits) return false;
  auto isLarge = [&](Value tensor) { return typeOf(tensor).getRank() == rank; };
  if (llvm::any_of(r.f.outputs(), isLarge)) return false;
  for (Value argument : r.f.body().getArguments())
    if (isLarge(argument) && size_of(dtypeOf(argument)) < kFewestBytes) return false;
  // Sums alone are folded in fewer instructions than the squares take.
  if (!extrema) return false;
  return llvm::all_of(r.f.body().without_terminator(), [&](mlir::Operation &op) {
    if (pickedElementOf(&op)) return false;
    if (ir::family_of(*ir::opCodeOf(&op)) == ir::Family::Reduction) return dtypeOf(op.getOperand(0)) != DType::boolean;
    return op.hasTrait<ir::ElementwiseOp>() || llvm::isa<ir::ConstantOp, ir::BroadcastInDimOp, ir::IotaOp>(op);
  });
}

}  // namespace

bool emitReduceTransposedRows(ReduceFrame &frame) {
  if (!areWorthTransposing(frame)) return false;
  TransposedRowsEmitter(frame).emit();
  return true;
}

}  // namespace etch::codegen
