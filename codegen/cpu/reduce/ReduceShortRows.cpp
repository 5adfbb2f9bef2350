// Reductions over rows of few elements, and what reads their results over the same rows: sixteen rows side by side.
//
// Lanes are rows. Sixteen rows of n elements are n vectors in memory, which shuffles take apart into the n columns;
// then there are no passes over a row and nothing is folded across lanes: a row is in registers. 6553x10 f32 on one
// core of a Xeon with AVX-512: softmax 82 us a row at a time and 30 us so, log_softmax 156 and 33, argmax 126 and 9,
// sums 14 and 5.6; sums of rows of three 35 and 2.8.
//
// Elements are added up in the order of ReduceRows.cpp: e with e + 8, + 4, + 2, + 1.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/reduce/ReduceKernel.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/elements/TransposedTile.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using ir::typeOf;
using mlir::Value;

namespace {

/// The longest row that is short.
constexpr int64_t kShortRow = kLanes;
/// About how many instructions sixteen rows may take: little enough to compile.
constexpr int64_t kMostInstructions = 1000;

class ShortRowsEmitter {
 public:
  explicit ShortRowsEmitter(ReduceFrame &r)
      : r(r), f(r.f), rowAxis(r.domain.getRank() - 2), length(r.domain.getShape().back()) {}

  void emit() {
    r.lane = rowAxis;
    const bool alongLanes = r.keptAxes[0] == rowAxis;
    f.setTrips(r.size[r.keptAxes[0]], r.workPerTrip(), f.constant(alongLanes ? 8 * kLanes : 1));
    r.overKept([&] {
      Value lower = alongLanes ? f.begin : f.constant(0), upper = alongLanes ? f.end : r.size[rowAxis];
      auto rowsFrom = [&](Value start, Value count) {
        r.index[rowAxis] = {start, 1, {}};
        emitRows(start, count);
      };
      auto first = constantOf(lower), last = constantOf(upper);
      const int64_t known = first && last ? *last - *first : -1;
      Value middle = known >= 0
                         ? f.constant(*first + known / kLanes * kLanes)
                         : f.add(lower, arith::AndIOp::create(f.b, f.at, f.sub(upper, lower), f.constant(-kLanes)));
      f.loop(lower, middle, kLanes, [&](Value start) { rowsFrom(start, Value()); });
      if (known >= 0 ? known % kLanes == 0 : isWholeTrips()) return;
      if (known >= 0) return rowsFrom(middle, f.constant(known % kLanes));
      f.loop(middle, upper, kLanes, [&](Value start) { rowsFrom(start, f.sub(upper, start)); });
    });
  }

 private:
  ReduceFrame &r;
  KernelFrame &f;
  const int64_t rowAxis, length;

  /// Parts of a loop that is known to be whole vectors are whole vectors.
  bool isWholeTrips() const {
    auto trips = f.target->getAttrOfType<mlir::IntegerAttr>(kTrips);
    return r.keptAxes[0] == rowAxis && trips && trips.getInt() % kLanes == 0;
  }

  Index column(int64_t j) {
    Index index(r.index);
    index.back() = {f.constant(j), 0, {}};
    return index;
  }

  /// Sixteen rows from `start` on, or `count` of them.
  void emitRows(Value start, Value count) {
    f.elements.enterBody(kLanes, count ? f.laneMask(count) : Value());
    Value place = f.elements.linearize(f.at, r.size, firstElement(start)).base;
    for (auto [argument, pointer] : llvm::zip(f.body().getArguments(), f.operands))
      if (r.readsWholeRows(argument)) f.elements.setColumns(argument, load(argument, pointer, place, count));
    for (Reducer &reducer : r.reducers) {
      f.elements.setValue(reducer.result(), reducer.finish(folded(reducer)));
    }
    // All values first, then all stores: a result may lie over an operand.
    llvm::SmallVector<std::pair<unsigned, Values>> whole;
    llvm::SmallVector<std::pair<Value, Value>> onceARow;
    for (auto [i, output] : llvm::enumerate(f.outputs())) {
      if (typeOf(output).getRank() != r.domain.getRank()) {
        onceARow.push_back({output, f.results[i]});
        continue;
      }
      Values columns;
      for (int64_t j = 0; j < length; ++j) columns.push_back(f.elements.vectorAt(output, column(j)));
      whole.push_back({i, std::move(columns)});
    }
    for (auto &[i, columns] : whole) storeColumns(f, f.outputs()[i], std::move(columns), f.results[i], place, count);
    r.storeReduced(onceARow);
  }

  Index firstElement(Value start) {
    Index index(r.index);
    index[rowAxis] = {start, 0, {}};
    index.back() = {f.constant(0), 0, {}};
    return index;
  }

  Values folded(Reducer &reducer) {
    if (reducer.stateWidth() > 1) {  // argmax and argmin, whose answer no order changes
      Values state = reducer.initial(kLanes);
      for (int64_t j = 0; j < length; ++j) state = reducer.take(state, column(j), Value());
      return state;
    }
    llvm::SmallVector<Values> states;
    for (int64_t j = 0; j < length; ++j) states.push_back(reducer.take(reducer.initial(kLanes), column(j), Value()));
    for (int64_t half = kLanes / 2; half >= 1; half /= 2)
      for (int64_t j = 0; j < half && j + half < static_cast<int64_t>(states.size()); ++j)
        states[j] = reducer.combine(states[j], states[j + half]);
    return states[0];
  }

  //===-- Memory ---------------------------------------------------------------------------------------------===//

  mlir::VectorType lineType(Value tensor) const {
    return mlir::VectorType::get({kLanes}, memoryType(dtypeOf(tensor), f.b.getContext()));
  }
  /// Lanes of the k-th vector that belong to the first `count` rows.
  Value maskOf(int64_t k, Value count) {
    return f.laneMask(f.sub(f.mul(count, f.constant(length)), f.constant(k * kLanes)));
  }

  Values load(Value tensor, Value pointer, Value place, Value count) {
    mlir::VectorType type = lineType(tensor);
    DType dtype = dtypeOf(tensor);
    Values lines;
    for (int64_t k = 0; k < length; ++k) {
      Value address = elementPointer(f.b, f.at, dtype, pointer, f.add(place, f.constant(k * kLanes)));
      lines.push_back(loadLine(f.b, f.at, type, address, count ? maskOf(k, count) : Value()));
    }
    Values columns = deinterleaved(f.b, f.at, std::move(lines));
    for (Value &column : columns) column = fromMemory(f.b, f.at, dtype, column);
    return columns;
  }
};

/// Whether rows are short, many, and computed by ops whose elements come one by one.
bool hasShortRows(ReduceFrame &r) {
  const int64_t rank = r.domain.getRank();
  if (rank < 2 || r.reducedAxes != llvm::ArrayRef<int64_t>{rank - 1} || !r.domain.hasStaticShape()) return false;
  const int64_t length = r.domain.getDimSize(rank - 1), rows = r.domain.getDimSize(rank - 2);
  if (length < 2 || length > kShortRow || rows < kLanes || r.domain.getNumElements() < passes::kManyShortRows)
    return false;
  int64_t instructions = 0;
  for (mlir::Operation &op : r.f.body().without_terminator()) {
    const bool isReduction = ir::family_of(*ir::opCodeOf(&op)) == ir::Family::Reduction;
    if (!isReduction && !op.hasTrait<ir::ElementwiseOp>() && !passes::joinsColumns(&op) &&
        !llvm::isa<ir::ConstantOp, ir::BroadcastInDimOp, ir::IotaOp, ir::DimOp, ir::SliceOp, ir::ReshapeOp>(op))
      return false;
    mlir::RankedTensorType type = typeOf(op.getResult(0));
    const int64_t times = isReduction ? length : type.getRank() == rank ? type.getShape().back() : 0;
    auto fn = mathFunctionOf(&op);
    instructions += times * (fn ? mathInstructions(*fn) : 1) * (type.getElementType().isF64() ? 2 : 1);
  }
  return instructions <= kMostInstructions;
}

}  // namespace

bool emitReduceShortRows(ReduceFrame &frame) {
  if (!hasShortRows(frame)) return false;
  ShortRowsEmitter(frame).emit();
  return true;
}

}  // namespace etch::codegen
