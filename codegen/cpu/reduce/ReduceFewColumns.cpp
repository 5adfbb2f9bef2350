// Reductions of tall matrices of at most sixteen columns over their rows.
//
// A vector of sixteen columns would be nearly empty, and one running result a column waits for each addition. So row e
// of a column goes to partial result e mod 16, which are folded pairwise: e with e + 8, + 4, + 2, + 1. Sixteen rows of
// c columns lie together as c vectors: a matrix of n rows and c columns is read as one of n / 16 rows and 16 c columns.
// Where what is reduced does not lie in memory so, rows are taken one by one, in the same order.
// docs/decisions/0082-few-columns.md has measurements.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/reduce/ReduceKernel.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using ir::typeOf;
using mlir::Value;

namespace {

/// Rows that make one of the matrix that is read (docs/decisions/0082).
constexpr int64_t kRows = 16;
/// Such rows that are added to a vector of states before it goes back to memory (docs/decisions/0082). Half, twice:
/// .93, .99.
constexpr int64_t kRowsAtOnce = 4;
/// Fewer rows take their columns in order (ReduceColumns.cpp) (docs/decisions/0082). A quarter, four times: 1.59, no
/// kernel changes.
constexpr int64_t kFewestRows = 128;

class FewColumnsEmitter {
 public:
  FewColumnsEmitter(ReduceFrame &r, Value rows)
      : r(r), f(r.f), columns(r.size[r.lane]), rows(rows), width(f.mul(columns, f.constant(kRows))) {
    for (Reducer &reducer : r.reducers) reducers.add(&reducer);
  }

  void emit() {
    for (Value state : reducers.initial(kLanes)) {
      stateTypes.push_back(state.getType());
      states.push_back(allocate(mlir::getElementTypeOrSelf(state.getType())));
    }
    const bool together = isReadable();
    if (together) allocateTiles();
    r.overKept([&] {
      Value stride = together ? columns : f.constant(kLanes);
      overVectors(f.mul(stride, f.constant(kRows)),
                  [&](Value place, Value) { storeStates(place, reducers.initial(kLanes)); });
      if (together)
        addTogether();
      else
        addOneByOne();
      for (int64_t half = kRows / 2; half >= 1; half /= 2) fold(f.mul(stride, f.constant(half)));
      finish();
    });
  }

 private:
  ReduceFrame &r;
  KernelFrame &f;
  Value columns, rows, width;  // width: elements of sixteen rows
  ReducerSet reducers;
  Value first;                               // place in memory of the matrix's first element
  llvm::SmallVector<mlir::Type> stateTypes;  // vectors
  Values states, tiles;                      // memory of each state and of each repeated value
  Values repeated;                           // the same in every row
  Value rowsOfTile;                          // memory of the row of each element of sixteen rows

  //===-- Memory ---------------------------------------------------------------------------------------------===//

  /// Room for all elements of sixteen rows and a vector that reaches beyond them.
  Value allocate(mlir::Type element) {
    return f.allocate((kRows * kLanes + kLanes) * std::max<int64_t>(1, element.getIntOrFloatBitWidth() / 8));
  }
  void allocateTiles() {
    for (mlir::Operation &op : f.body().without_terminator())
      if (llvm::isa<ir::BroadcastInDimOp>(op) && typeOf(op.getResult(0)).getRank() == r.domain.getRank()) {
        repeated.push_back(op.getResult(0));
        tiles.push_back(allocate(memoryType(dtypeOf(repeated.back()), f.b.getContext())));
      }
    if (llvm::any_of(reducers.all(), [](Reducer *reducer) { return reducer->stateWidth() > 1; }))
      rowsOfTile = allocate(f.b.getI64Type());
  }
  Value stateAddress(size_t state, Value place) {
    return LLVM::GEPOp::create(f.b, f.at, states[state].getType(), mlir::getElementTypeOrSelf(stateTypes[state]),
                               states[state], llvm::ArrayRef<LLVM::GEPArg>{place});
  }
  Values loadStates(Value place) {
    Values loaded;
    for (auto [i, type] : llvm::enumerate(stateTypes)) {
      const unsigned bytes = mlir::getElementTypeOrSelf(type).getIntOrFloatBitWidth() / 8;
      loaded.push_back(LLVM::LoadOp::create(f.b, f.at, type, stateAddress(i, place), bytes));
    }
    return loaded;
  }
  void storeStates(Value place, mlir::ValueRange values) {
    for (auto [i, value] : llvm::enumerate(values)) {
      const unsigned bytes = mlir::getElementTypeOrSelf(stateTypes[i]).getIntOrFloatBitWidth() / 8;
      LLVM::StoreOp::create(f.b, f.at, value, stateAddress(i, place), bytes);
    }
  }

  /// What is the same in every row is written down for sixteen of them, one behind the other: a vector at a time, of
  /// which the next row overwrites what is too much.
  void enterMatrix() {
    r.index[r.lane] = {f.constant(0), 0, {}};
    for (int64_t axis : r.reducedAxes) r.index[axis] = {f.constant(0), 0, {}};
    first = f.elements.linearize(f.at, r.size, r.index).base;
    r.index[r.lane] = {f.constant(0), 1, {}};
    f.elements.enterBody(kLanes, f.laneMask(columns));
    Values values;
    for (Value tensor : repeated) values.push_back(f.elements.vectorAt(tensor, r.index));
    f.loop(f.constant(0), f.constant(kRows), 1, [&](Value row) {
      Value place = f.mul(row, columns);
      for (auto [tensor, tile, value] : llvm::zip(repeated, tiles, values))
        storeVector(f, dtypeOf(tensor), value, addressOf(tensor, tile, place), Value());
      if (!rowsOfTile) return;
      Value all = mlir::vector::BroadcastOp::create(f.b, f.at, mlir::VectorType::get({kLanes}, f.b.getI64Type()), row);
      storeVector(f, DType::i64, all, elementPointer(f.b, f.at, DType::i64, rowsOfTile, place), Value());
    });
  }

  Value addressOf(Value tensor, Value memory, Value place) {
    return elementPointer(f.b, f.at, dtypeOf(tensor), memory, place);
  }

  //===-- Rows -----------------------------------------------------------------------------------------------===//

  void addTogether() {
    enterMatrix();
    const auto known = constantOf(rows);
    auto wholeRows = [&](int64_t step) -> Value {
      if (known) return f.constant(*known / step * step);
      return arith::AndIOp::create(f.b, f.at, rows, f.constant(-step));
    };
    Value most = wholeRows(kRows * kRowsAtOnce), whole = wholeRows(kRows);
    f.loop(f.constant(0), most, kRows * kRowsAtOnce, [&](Value row) { addRows(row, kRowsAtOnce, width); });
    f.loop(most, whole, kRows, [&](Value row) { addRows(row, 1, width); });
    if (known && *known % kRows == 0) return;
    f.loop(whole, rows, kRows, [&](Value row) { addRows(row, 1, f.mul(f.sub(rows, row), columns)); });
  }

  void addOneByOne() {
    r.index[r.lane] = {f.constant(0), 1, {}};
    r.overReduced({}, [&](mlir::ValueRange) {
      Value row = f.constant(0);
      for (int64_t axis : r.reducedAxes) row = f.add(f.mul(row, r.size[axis]), r.index[axis].base);
      Value place = f.mul(arith::AndIOp::create(f.b, f.at, row, f.constant(kRows - 1)), f.constant(kLanes));
      Value mask = f.laneMask(columns);
      f.elements.enterBody(kLanes, mask);
      storeStates(place, taken(loadStates(place), mask));
      for (auto [output, pointer] : outputs(true))
        f.elements.store(f.at, f.elements.at(output, r.index), pointer, output, r.index);
      return Values();
    });
  }

  Values taken(mlir::ValueRange carried, Value mask) {
    return reducers.map(carried,
                        [&](Reducer &reducer, mlir::ValueRange own) { return reducer.take(own, r.index, mask); });
  }

  /// Outputs of the domain's rank, or the others, and where they go.
  llvm::SmallVector<std::pair<Value, Value>> outputs(bool whole) {
    llvm::SmallVector<std::pair<Value, Value>> found;
    for (auto [output, pointer] : llvm::zip(f.outputs(), f.results))
      if ((typeOf(output).getRank() == r.domain.getRank()) == whole) found.push_back({output, pointer});
    return found;
  }

  void overVectors(Value count, llvm::function_ref<void(Value place, Value mask)> body) {
    f.laneLoop(f.constant(0), count, {}, [&](Value place, Value mask, mlir::ValueRange) {
      body(place, mask);
      return Values();
    });
  }

  /// Adds `times` times sixteen rows from `row` on, the first `count` elements of each.
  void addRows(Value row, int64_t times, Value count) {
    Value start = f.add(first, f.mul(row, columns));
    overVectors(count, [&](Value place, Value mask) {
      Values carried = loadStates(place);
      for (int64_t i = 0; i < times; ++i) {
        Value from = f.add(f.add(start, place), f.mul(f.constant(i), width));
        carried = take(carried, f.add(row, f.constant(i * kRows)), place, from, mask);
      }
      storeStates(place, carried);
    });
  }

  Values take(mlir::ValueRange carried, Value row, Value place, Value from, Value mask) {
    f.elements.enterBody(kLanes, mask);
    Values given(repeated);
    for (auto [tensor, tile] : llvm::zip(repeated, tiles))
      f.elements.setValue(tensor, loadVector(f, dtypeOf(tensor), addressOf(tensor, tile, place), Value()));
    for (auto [argument, pointer] : llvm::zip(f.body().getArguments(), f.operands)) {
      if (typeOf(argument).getRank() != r.domain.getRank()) continue;
      f.elements.setValue(argument, loadVector(f, dtypeOf(argument), addressOf(argument, pointer, from), mask));
      given.push_back(argument);
    }
    if (rowsOfTile) {
      Value ofTile = loadVector(f, DType::i64, elementPointer(f.b, f.at, DType::i64, rowsOfTile, place), Value());
      Value all = f.elements.splat(f.at, row);
      r.index[r.reducedAxes[0]] = {Value(), 0, arith::AddIOp::create(f.b, f.at, ofTile, all)};
    }
    Values next = taken(carried, mask);
    Values values;
    for (auto [output, pointer] : outputs(true)) values.push_back(f.elements.vectorAt(output, r.index));
    for (auto [value, output] : llvm::zip(values, outputs(true)))
      storeVector(f, dtypeOf(output.first), value, addressOf(output.first, output.second, from), mask);
    for (Value tensor : given) f.elements.unsetValue(tensor);
    return next;
  }

  /// Adds the second half of 2 `half` states to the first. What a vector has beyond that half is not read again.
  void fold(Value half) {
    overVectors(half, [&](Value place, Value) {
      storeStates(place, reducers.combine(loadStates(place), loadStates(f.add(place, half))));
    });
  }

  void finish() {
    Value mask = f.laneMask(columns);
    f.elements.enterBody(kLanes, mask);
    reducers.map(loadStates(f.constant(0)), [&](Reducer &reducer, mlir::ValueRange own) {
      f.elements.setValue(reducer.result(), reducer.finish(own));
      return Values();
    });
    r.index[r.lane] = {f.constant(0), 1, {}};
    r.storeReduced(outputs(false));
  }

  //===-- What lies together ---------------------------------------------------------------------------------===//

  /// Do rows lie one behind the other, and is everything computed element by element from arguments that lie so, too,
  /// and from what is the same in every row?
  bool isReadable() {
    for (auto [i, axis] : llvm::enumerate(r.reducedAxes))
      if (axis != r.lane - static_cast<int64_t>(r.reducedAxes.size() - i)) return false;
    return llvm::all_of(f.body().without_terminator(), [&](mlir::Operation &op) { return isElementByElement(op); });
  }
  bool isElementByElement(mlir::Operation &op) {
    if (ir::family_of(*ir::opCodeOf(&op)) == ir::Family::Reduction || llvm::isa<ir::ConstantOp, ir::DimOp>(op))
      return true;
    if (typeOf(op.getResult(0)).getRank() != r.domain.getRank()) return true;
    auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op);
    if (!broadcast) return op.hasTrait<ir::ElementwiseOp>();
    return llvm::none_of(r.reducedAxes, [&](int64_t axis) { return llvm::is_contained(broadcast.getDims(), axis); });
  }
};

}  // namespace

bool emitReduceFewColumns(ReduceFrame &r, llvm::function_ref<void()> otherwise) {
  KernelFrame &f = r.f;
  // Truth does not depend on an order, and its vectors do not lie in memory.
  const bool isTruth = llvm::any_of(r.reducers, [](const Reducer &reducer) { return reducer.isBoolean(); });
  if (r.reducedAxes.empty() || isTruth) return false;
  Values extents;
  for (int64_t axis : r.reducedAxes) extents.push_back(r.size[axis]);
  // Kept axes that follow each other are one, whether or not the kernel has made them one (CollapseAxes.h). Behind the
  // lanes' axis there may be reduced ones of extent 1.
  auto isBeforeLanes = [&](int64_t axis) { return axis < r.lane; };
  const auto outer = llvm::to_vector(llvm::make_filter_range(r.reducedAxes, isBeforeLanes));
  if (outer.empty()) return false;
  Value rows = f.extents.product(extents);
  Value columns = f.extents.product(llvm::ArrayRef(r.size).drop_front(outer.back() + 1));
  auto knownRows = constantOf(rows), knownColumns = constantOf(columns);
  if ((knownColumns && *knownColumns > kLanes) || (knownRows && *knownRows < kFewestRows)) return false;
  if (knownColumns && knownRows) {
    FewColumnsEmitter(r, rows).emit();
    return true;
  }
  Value isFew = arith::AndIOp::create(f.b, f.at, f.less(columns, f.constant(kLanes + 1)),
                                      f.less(f.constant(kFewestRows - 1), rows));
  f.branch(isFew, [&] { FewColumnsEmitter(r, f.extents.product(extents)).emit(); }, otherwise);
  return true;
}

}  // namespace etch::codegen
