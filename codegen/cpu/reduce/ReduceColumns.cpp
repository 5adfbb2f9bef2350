// Reductions over outer axes: each lane of a vector is a result of its own and takes its elements in order.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/reduce/ReduceKernel.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Rows that are added to the running results of a block of columns at a time; fewer when the body is long
/// (docs/decisions/0071). Half, twice: 1.08, .87.
constexpr int64_t kTallRows = 8;
/// Columns of such a block: one state of f32 takes 4 KiB (docs/decisions/0071). Half, twice: .94, 1.03.
constexpr int64_t kTallColumns = 1024;
/// Of each state of a vector of columns, in bytes: what AVX2 needs for its widest.
constexpr int64_t kStateAlignment = 32;

/// Vectors of columns side by side where there are so many and the body has at most kWideOps ops. Mean of 4096x32 rows
/// of 128 taken from a table of 50,000, CPU time of a Xeon with AVX-512: 3.6 ms one vector at a time, 2.65 ms with
/// eight.
constexpr int64_t kWideVectors = 8;
constexpr int64_t kWideOps = 12;

class ColumnsEmitter {
 public:
  explicit ColumnsEmitter(ReduceFrame &r) : r(r), f(r.f) {
    for (Reducer &reducer : r.reducers) reducers.add(&reducer);
    findSides();
  }

  void emit() {
    r.overKept([&] {
      if (isTall())
        reduceTall();
      else
        reduceShort();
    });
  }

 private:
  ReduceFrame &r;
  KernelFrame &f;
  ReducerSet reducers;
  llvm::SmallVector<std::pair<Value, Value>> fullOutputs, reducedOutputs;  // value, pointer
  // Of tall matrices, of the states of a vector of columns: where they lie, their types, and their places there in
  // bytes.
  Value scratch;
  llvm::SmallVector<mlir::Type> stateTypes;
  llvm::SmallVector<int64_t> statePlaces;
  int64_t vectorBytes = 0;

  /// Values computed from reductions are stored once a column, the others at every element.
  void findSides() {
    llvm::DenseSet<Value> reduced;
    for (Reducer &reducer : r.reducers) reduced.insert(reducer.result());
    for (mlir::Operation &op : f.body().without_terminator())
      if (llvm::any_of(op.getOperands(), [&](Value operand) { return reduced.contains(operand); }))
        reduced.insert(op.getResult(0));
    for (auto [output, pointer] : llvm::zip(f.outputs(), f.results))
      (reduced.contains(output) ? reducedOutputs : fullOutputs).push_back({output, pointer});
  }

  Value lower() { return r.lane == r.keptAxes[0] ? f.begin : f.constant(0); }
  Value upper() { return r.lane == r.keptAxes[0] ? f.end : r.size[r.lane]; }

  Values take(mlir::ValueRange states, Value mask) {
    f.elements.enterBody(kLanes, mask);
    Values next = reducers.map(
        states, [&](Reducer &reducer, mlir::ValueRange own) { return reducer.take(own, r.index, Value()); });
    for (auto [output, pointer] : fullOutputs)
      f.elements.store(f.at, f.elements.at(output, r.index), pointer, output, r.index);
    return next;
  }

  /// Makes every reduction's result known to the epilogue and stores what follows.
  void finish(mlir::ValueRange states, Value mask) {
    f.elements.enterBody(kLanes, mask);
    reducers.map(states, [&](Reducer &reducer, mlir::ValueRange own) {
      f.elements.setValue(reducer.result(), reducer.finish(own));
      return Values();
    });
    r.storeReduced(reducedOutputs);
  }

  void reduceShort() {
    int64_t wide = vectorsAtOnce(), step = wide * kLanes;
    Value middle = lower();
    if (wide > 1) {
      middle = f.constant(r.domain.getDimSize(r.lane) / step * step);
      f.loop(lower(), middle, step, [&](Value start) { reduceVectors(start, wide, Value()); });
    }
    f.laneLoop(middle, upper(), {}, [&](Value start, Value mask, mlir::ValueRange) {
      reduceVectors(start, 1, mask);
      return Values();
    });
  }

  /// Vectors of columns side by side, so that what lies together in memory is read together: a row of an embedding is
  /// eight lines from anywhere.
  int64_t vectorsAtOnce() const {
    int64_t columns = r.domain.getDimSize(r.lane), ops = f.body().getOperations().size();
    if (r.lane == r.keptAxes[0] || r.domain.isDynamicDim(r.lane) || r.reducedAxes.empty() || ops > kWideOps) return 1;
    size_t states = 0;
    for (Reducer &reducer : r.reducers) states += reducer.stateWidth();
    return states == 1 && columns >= kWideVectors * kLanes ? kWideVectors : 1;
  }

  /// Folds `count` vectors of columns from `start` on.
  void reduceVectors(Value start, int64_t count, Value mask) {
    auto at = [&](int64_t i) { r.index[r.lane] = {f.add(start, f.constant(i * kLanes)), 1, {}}; };
    Values states;
    for (int64_t i = 0; i < count; ++i) llvm::append_range(states, reducers.initial(kLanes));
    size_t width = states.size() / count;
    states = r.overReduced(states, [&](mlir::ValueRange carried) {
      Values next;
      for (int64_t i = 0; i < count; ++i) {
        at(i);
        llvm::append_range(next, take(carried.slice(i * width, width), mask));
      }
      return next;
    });
    for (int64_t i = 0; i < count; ++i) {
      at(i);
      finish(mlir::ValueRange(states).slice(i * width, width), mask);
    }
  }

  //===-- Tall matrices --------------------------------------------------------------------------------------===//

  /// Walking down a tall matrix sixteen columns at a time reads a cache line from each page, which no prefetcher
  /// follows: the sum over the rows of 4096x1024 f32 took three times as long as copying the matrix. Where extents are
  /// unknown there may be many rows.
  bool isTall() const {
    if (r.reducedAxes.empty() || r.lane != r.domain.getRank() - 1) return false;
    if (llvm::any_of(r.reducers, [](const Reducer &reducer) { return reducer.isBoolean(); })) return false;
    if (constantOf(r.size[r.lane]).value_or(INT64_MAX) <= kLanes) return false;
    int64_t rows = 1;
    for (int64_t axis : r.reducedAxes) {
      if (r.domain.isDynamicDim(axis)) return true;
      rows *= r.domain.getDimSize(axis);
    }
    return rows >= 16 * kTallRows && r.domain.getDimSize(r.reducedAxes.back()) >= kTallRows;
  }

  /// Rows side by side in one body, which is what is computed at every element.
  int64_t rowsAtOnce() const {
    const auto ops = llvm::count_if(f.body(), [&](mlir::Operation &op) {
      return llvm::any_of(op.getOperandTypes(), [&](mlir::Type type) {
        return llvm::cast<mlir::RankedTensorType>(type).getRank() == r.domain.getRank();
      });
    });
    return ops <= 10 ? kTallRows : ops <= 20 ? kTallRows / 2 : ops <= 40 ? kTallRows / 4 : 1;
  }

  /// The same sums in the same order, with running results in memory: rows are read as they lie.
  void reduceTall() {
    allocateStates();
    // A body of eight rows is long: moments of 32x56x56x64 f32 took 1.1-1.9 ms without, 0.91 so.
    f.elements.readsAhead = r.domain.hasStaticShape();
    f.loop(lower(), upper(), kTallColumns, [&](Value first) {
      Value last = f.minimum(f.add(first, f.constant(kTallColumns)), upper());
      auto overColumns = [&](llvm::function_ref<void(Value mask, Value offset)> body) {
        f.laneLoop(first, last, {}, [&](Value start, Value mask, mlir::ValueRange) {
          r.index[r.lane] = {start, 1, {}};
          body(mask, f.sub(start, first));
          return Values();
        });
      };
      overColumns([&](Value, Value offset) { storeStates(offset, reducers.initial(kLanes)); });
      overOuterReduced(0, [&] {
        const int64_t axis = r.reducedAxes.back(), step = rowsAtOnce();
        Value rows = r.size[axis];
        auto known = constantOf(rows);
        Value whole = known ? f.constant(*known / step * step)
                            : arith::AndIOp::create(f.b, f.at, rows, f.constant(-step)).getResult();
        auto addRows = [&](Value row, int64_t count) {
          overColumns([&](Value mask, Value offset) {
            Values states = loadStates(offset);
            for (int64_t i = 0; i < count; ++i) {
              r.index[axis] = {f.add(row, f.constant(i)), 0, {}};
              states = take(states, mask);
            }
            storeStates(offset, states);
          });
        };
        f.loop(f.constant(0), whole, step, [&](Value row) { addRows(row, step); });
        if (!known || *known % step != 0) f.loop(whole, rows, 1, [&](Value row) { addRows(row, 1); });
      });
      overColumns([&](Value mask, Value offset) { finish(loadStates(offset), mask); });
    });
  }

  /// A block of columns on the stack, all states of a vector of columns together: apart they would lie at the same
  /// place of a page, and loads wait for stores there (moments of 32x56x56x64 f32: 2.1-2.5 ms, so 1.1-1.9).
  void allocateStates() {
    Values states = reducers.initial(kLanes);
    stateTypes.clear(), statePlaces.clear();
    vectorBytes = 0;
    for (Value state : states) {
      stateTypes.push_back(state.getType());
      statePlaces.push_back(vectorBytes);
      // A state of u8 takes sixteen bytes, and what follows it would lie where AVX2 does not load vectors from.
      int64_t bytes = kLanes * mlir::getElementTypeOrSelf(state.getType()).getIntOrFloatBitWidth() / 8;
      vectorBytes += std::max(kStateAlignment, bytes);
    }
    mlir::OpBuilder::InsertionGuard guard(f.b);
    f.b.setInsertionPointToStart(&f.target.getBody().front());
    Value bytes = arith::ConstantOp::create(f.b, f.at, f.b.getI64IntegerAttr(kTallColumns / kLanes * vectorBytes));
    scratch =
        LLVM::AllocaOp::create(f.b, f.at, LLVM::LLVMPointerType::get(f.b.getContext()), f.b.getI8Type(), bytes, 64);
  }
  Value stateAddress(size_t state, Value offset) {
    Value place = f.add(f.mul(offset, f.constant(vectorBytes / kLanes)), f.constant(statePlaces[state]));
    return elementPointer(f.b, f.at, DType::u8, scratch, place);
  }
  Values loadStates(Value offset) {
    Values states;
    for (auto [i, type] : llvm::enumerate(stateTypes))
      states.push_back(LLVM::LoadOp::create(f.b, f.at, type, stateAddress(i, offset), kStateAlignment));
    return states;
  }
  void storeStates(Value offset, mlir::ValueRange states) {
    for (auto [i, state] : llvm::enumerate(states))
      LLVM::StoreOp::create(f.b, f.at, state, stateAddress(i, offset), kStateAlignment);
  }

  void overOuterReduced(size_t depth, llvm::function_ref<void()> inner) {
    if (depth + 1 >= r.reducedAxes.size()) return inner();
    f.loop(f.constant(0), r.size[r.reducedAxes[depth]], 1, [&](Value i) {
      r.index[r.reducedAxes[depth]] = {i, 0, {}};
      overOuterReduced(depth + 1, inner);
    });
  }
};

}  // namespace

void emitReduceColumns(ReduceFrame &frame) { ColumnsEmitter(frame).emit(); }

}  // namespace etch::codegen
