// Reductions over rows of few elements, and what reads their results over the same rows: sixteen rows side by side.
//
// Lanes are rows. Sixteen rows of n elements are n vectors in memory, which shuffles take apart into the n columns;
// then there are no passes over a row and nothing is folded across lanes: a row is in registers. 6553x10 f32 on one
// core of a Xeon with AVX-512: softmax 82 us a row at a time and 30 us so, log_softmax 156 and 33, argmax 126 and 9,
// sums 14 and 5.6; sums of rows of three 35 and 2.8.
//
// Elements are added up in the order of ReduceRows.cpp: e with e + 8, + 4, + 2, + 1.
//
// Blocks of pixels (axes 1 and 3 of [540, 2, 960, 2]) are several such rows: first columns are added to columns. Where
// the pixels have channels ([540, 2, 960, 2, 3]), a row is all channels of a line of the block, and each channel is
// added up in the order of ReduceColumns.cpp: element after element.

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

/// The longest row that is short (docs/decisions/0066).
constexpr int64_t kShortRow = kLanes;
/// About how many instructions sixteen rows may take: little enough to compile (docs/decisions/0066). Half, twice: none
/// of the measured kernels changes.
constexpr int64_t kMostInstructions = 1000;

/// What lies behind the axis whose lanes are rows: `folded` times `kept` elements.
struct ShortRow {
  int64_t rowAxis, folded, kept;
  int64_t length() const { return folded * kept; }
};

class ShortRowsEmitter {
 public:
  ShortRowsEmitter(ReduceFrame &r, const ShortRow &row)
      : r(r), f(r.f), row(row), rowAxis(row.rowAxis), length(row.length()) {}

  void emit() {
    r.lane = rowAxis;
    if (row.kept > 1) r.keptAxes.pop_back();  // channels are columns, and no loop
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
  const ShortRow row;
  const int64_t rowAxis, length;

  /// Parts of a loop that is known to be whole vectors are whole vectors.
  bool isWholeTrips() const {
    auto trips = f.target->getAttrOfType<mlir::IntegerAttr>(kTrips);
    return r.keptAxes[0] == rowAxis && trips && trips.getInt() % kLanes == 0;
  }

  Index column(int64_t j) {
    Index index(r.index);
    index.back() = {f.constant(row.kept == 1 ? j : j % row.kept), 0, {}};
    if (row.kept > 1) index[rowAxis + 1] = {f.constant(j / row.kept), 0, {}};
    return index;
  }

  /// Sixteen rows from `start` on, or `count` of them.
  void emitRows(Value start, Value count) {
    if (r.reducedAxes.size() > 1 || row.kept > 1) return emitBlocks(start, count);
    Value place = enterRows(start, count);
    for (Reducer &reducer : r.reducers) f.elements.setValue(reducer.result(), reducer.finish(folded(reducer)));
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

  /// Takes the elements of rows into registers. The place of the first one in memory.
  Value enterRows(Value start, Value count) {
    f.elements.enterBody(kLanes, count ? f.laneMask(count) : Value());
    Value place = f.elements.linearize(f.at, r.size, firstElement(start)).base;
    for (auto [argument, pointer] : llvm::zip(f.body().getArguments(), f.operands))
      if (r.readsWholeRows(argument)) f.elements.setColumns(argument, load(argument, pointer, place, count));
    return place;
  }

  /// The same for rows of several lines each, or of several results, which only their results leave.
  void emitBlocks(Value start, Value count) {
    const int64_t states = row.kept == 1 ? length : row.kept;  // of a reduction
    Values initial;
    for (Reducer &reducer : r.reducers)
      for (int64_t j = 0; j < states; ++j) llvm::append_range(initial, reducer.initial(kLanes));
    Values last = r.overReducedBut(rowAxis + 1, initial, [&](mlir::ValueRange carried) {
      enterRows(start, count);
      Values next(carried);
      for (auto [i, reducer] : llvm::enumerate(r.reducers))
        for (int64_t j = 0; j < length; ++j) {
          Value &state = next[i * states + j % states];
          state = reducer.take(state, column(j), Value())[0];
        }
      return next;
    });
    f.elements.enterBody(kLanes, count ? f.laneMask(count) : Value());
    for (auto [i, reducer] : llvm::enumerate(r.reducers)) {
      llvm::SmallVector<Values> columns;
      for (int64_t j = 0; j < states; ++j) columns.push_back({last[i * states + j]});
      if (row.kept == 1) {
        f.elements.setValue(reducer.result(), reducer.finish(pairwise(reducer, columns)));
        continue;
      }
      Values results;
      for (const Values &state : columns) results.push_back(reducer.finish(state));
      f.elements.setColumns(reducer.result(), results);
    }
    storeBlocks(start, count);
  }

  void storeBlocks(Value start, Value count) {
    llvm::SmallVector<std::pair<Value, Value>> outputs;
    for (auto [output, pointer] : llvm::zip(f.outputs(), f.results)) outputs.push_back({output, pointer});
    if (row.kept == 1) return r.storeReduced(outputs);
    Index kept = r.keptIndex();
    auto at = [&](Value rows, int64_t step, int64_t column) {
      Index index(kept);
      index.back() = {rows, step, {}};
      index.push_back({f.constant(column), 0, {}});
      return index;
    };
    // All values first, as above.
    llvm::SmallVector<Values> values(outputs.size());
    for (auto [i, output] : llvm::enumerate(f.outputs()))
      for (int64_t j = 0; j < row.kept; ++j) values[i].push_back(f.elements.vectorAt(output, at(start, 1, j)));
    for (auto [i, output] : llvm::enumerate(outputs)) {
      Value place = f.elements.linearize(f.at, f.extents.of(output.first), at(start, 0, 0)).base;
      storeColumns(f, output.first, std::move(values[i]), output.second, place, count);
    }
  }

  Index firstElement(Value start) {
    Index index(r.index);
    index[rowAxis] = {start, 0, {}};
    for (size_t axis = rowAxis + 1; axis < index.size(); ++axis) index[axis] = {f.constant(0), 0, {}};
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
    return pairwise(reducer, states);
  }

  static Values pairwise(Reducer &reducer, llvm::MutableArrayRef<Values> states) {
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

/// Does a reduction wait for another one, whose result it reads?
bool areInSteps(ReduceFrame &r) {
  llvm::DenseSet<Value> reduced;
  for (mlir::Operation &op : r.f.body().without_terminator()) {
    const bool isReduction = ir::family_of(*ir::opCodeOf(&op)) == ir::Family::Reduction;
    const bool waits = llvm::any_of(op.getOperands(), [&](Value operand) { return reduced.contains(operand); });
    if (isReduction && waits) return true;
    if (isReduction || waits) reduced.insert(op.getResult(0));
  }
  return false;
}

/// The axes behind the rows, if these are short and many.
std::optional<ShortRow> shortRowOf(ReduceFrame &r) {
  const int64_t rank = r.domain.getRank();
  if (rank < 2 || !r.domain.hasStaticShape()) return std::nullopt;
  llvm::ArrayRef<int64_t> shape = r.domain.getShape();
  const bool hasChannels = !r.isReduced(rank - 1);
  ShortRow row{rank - 2, shape[rank - 1], 1};
  if (hasChannels && rank > 2) row = {rank - 3, shape[rank - 2], shape[rank - 1]};
  if (!r.isReduced(row.rowAxis + 1) || r.isReduced(row.rowAxis) || hasChannels != (row.kept > 1)) return std::nullopt;
  if (row.folded < 2 || row.length() > kShortRow || shape[row.rowAxis] < kLanes ||
      r.domain.getNumElements() < passes::kManyShortRows)
    return std::nullopt;
  if (r.reducedAxes.size() == 1 && !hasChannels) return row;
  // Blocks are passed over once, and only results leave them.
  const bool areResults = llvm::none_of(r.f.outputs(), [&](Value output) { return typeOf(output).getRank() == rank; });
  const bool areSimple = llvm::all_of(r.reducers, [](const Reducer &reducer) { return reducer.stateWidth() == 1; });
  return areResults && areSimple && !areInSteps(r) ? std::optional(row) : std::nullopt;
}

/// Whether they are computed by little code, and ops whose elements come one by one.
bool hasShortCode(ReduceFrame &r, const ShortRow &row) {
  const int64_t rank = r.domain.getRank(), length = row.length();
  int64_t instructions = 0;
  for (mlir::Operation &op : r.f.body().without_terminator()) {
    const bool isReduction = ir::family_of(*ir::opCodeOf(&op)) == ir::Family::Reduction;
    if (!isReduction && !op.hasTrait<ir::ElementwiseOp>() && !passes::joinsColumns(&op) &&
        !llvm::isa<ir::ConstantOp, ir::BroadcastInDimOp, ir::IotaOp, ir::DimOp, ir::SliceOp, ir::ReshapeOp>(op))
      return false;
    mlir::RankedTensorType type = typeOf(op.getResult(0));
    const int64_t times = isReduction ? length : type.getRank() == rank ? length : row.kept > 1 ? row.kept : 0;
    auto fn = mathFunctionOf(&op);
    instructions += times * (fn ? mathInstructions(*fn) : 1) * (type.getElementType().isF64() ? 2 : 1);
  }
  return instructions <= kMostInstructions;
}

}  // namespace

bool emitReduceShortRows(ReduceFrame &frame) {
  std::optional<ShortRow> row = shortRowOf(frame);
  if (!row || !hasShortCode(frame, *row)) return false;
  ShortRowsEmitter(frame, *row).emit();
  return true;
}

}  // namespace etch::codegen
