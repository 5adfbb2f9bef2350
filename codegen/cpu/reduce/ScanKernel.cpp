// Kernels of running results along one axis.
//
// Along the last axis a vector of sixteen elements is scanned in registers, in four steps in which each lane takes in
// the one 1, 2, 4, 8 lanes before; then the last result of the vector before goes into all lanes. Short rows lie side
// by side in a vector and take the steps that they need. Along other axes each lane is a column of its own and takes
// its elements in order, with running results for a block of columns in scratch, and of few columns in a register.
// linear_scan takes its elements in order everywhere: products of factors may overflow where their use does not. So the
// order depends on shape and axis alone.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/reduce/ScanSteps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
namespace vector = mlir::vector;
using ir::OpCode;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// Columns whose running results are in scratch at a time: 4 KiB of f32, so that rows are read in long runs
/// (docs/decisions/0020). A quarter, four times: .98, 1.06.
constexpr int64_t kColumns = 1024;

/// Rows of the last axis of at most so many elements share vectors (docs/decisions/0091). Half, twice: .65, 1.03.
constexpr int64_t kShortRow = kLanes / 2;

/// Columns of such a block and the rows of a scan along the last axis are what parallel_for divides.
class ScanEmitter {
 public:
  explicit ScanEmitter(KernelFrame &f)
      : f(f), b(f.b), at(f.at), op(&f.body().front()), steps(f, op), code(steps.code), stateType(steps.stateType) {
    auto type = llvm::cast<mlir::RankedTensorType>(op->getResult(0).getType());
    auto flag = [&](llvm::StringRef name) {
      auto value = op->getAttrOfType<mlir::IntegerAttr>(name);
      return value && value.getInt() != 0;
    };
    reverse = flag("reverse"), exclusive = flag("exclusive");
    Extents size = f.extents.of(op->getResult(0));
    int64_t axis = op->getAttrOfType<mlir::IntegerAttr>("axis").getInt();
    outer = f.extents.product(llvm::ArrayRef(size).take_front(axis));
    length = size[axis];
    inner = f.extents.product(llvm::ArrayRef(size).drop_front(axis + 1));
    alongLanes = axis + 1 == type.getRank();
    // Positions are worked out here; every operand has the result's shape.
    f.elements.flat = true;
  }

  void emit() {
    if (!alongLanes) return emitColumns();
    auto known = constantOf(length);
    if (known && *known > 1 && *known <= kShortRow && code != OpCode::linear_scan) return emitShortRows(*known);
    f.setTrips(outer, length);
    f.loop(f.begin, f.end, 1, [&](Value row) {
      Value base = f.mul(row, length);
      if (code == OpCode::linear_scan)
        scanInOrder(base);
      else
        scanRow(base);
    });
  }

 private:
  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  mlir::Operation *op;
  ScanSteps steps;
  const OpCode code;
  const mlir::Type stateType;
  bool reverse, exclusive, alongLanes;
  Value outer, length, inner;

  /// The running result before the first element: what an exclusive scan begins with.
  Value initial(mlir::Type type) {
    return exclusive && code == OpCode::cumsum ? splatConstant(b, at, type, int64_t{0}) : steps.identity(type);
  }

  //===-- The last axis --------------------------------------------------------------------------------------===//

  Value shuffle(Value x, Value y, llvm::function_ref<int64_t(int64_t)> from) {
    llvm::SmallVector<int64_t> lanes;
    for (int64_t lane = 0; lane < kLanes; ++lane) lanes.push_back(from(lane));
    return vector::ShuffleOp::create(b, at, x, y, lanes);
  }
  Value backToFront(Value x) {
    return shuffle(x, x, [](int64_t lane) { return kLanes - 1 - lane; });
  }

  /// Scans one vector, first element in lane 0, behind what has come before; carried is that in every lane.
  std::pair<Value, Value> scanVector(Value x, Value carried) {
    Value none = steps.identity(x.getType());
    for (int64_t distance = 1; distance < kLanes; distance *= 2)
      x = steps.combine(
          shuffle(none, x, [&](int64_t lane) { return lane < distance ? lane : kLanes + lane - distance; }), x);
    Value result = steps.combine(carried, x);
    // The last lane of the result, which would be ready later: the next vector waits for it.
    Value last = steps.combine(carried, shuffle(x, x, [](int64_t) { return kLanes - 1; }));
    if (exclusive) result = shuffle(carried, result, [](int64_t lane) { return kLanes - 1 + lane; });
    return {result, last};
  }

  /// Vectors from the front, the incomplete one last; or from the back, the incomplete one, which is there, first.
  void scanRow(Value base) {
    Value zero = f.constant(0);
    auto vectorType = mlir::cast<mlir::VectorType>(withLanes(stateType, kLanes));
    auto step = [&](Value start, Value mask, mlir::ValueRange carried) -> Values {
      f.elements.enterBody(kLanes, mask);
      Value position = f.add(base, start), x = steps.element(0, position, 1);
      if (mask) x = arith::SelectOp::create(b, at, mask, x, steps.identity(vectorType));
      if (reverse) x = backToFront(x);
      auto [result, last] = scanVector(x, carried[0]);
      steps.store(reverse ? backToFront(result) : result, position, 1);
      return {last};
    };
    Values carried{initial(vectorType)};
    if (!reverse) {
      f.laneLoop(zero, length, carried, step);
      return;
    }
    auto known = constantOf(length);
    Value whole = known ? f.constant(*known / kLanes * kLanes)
                        : arith::AndIOp::create(b, at, length, f.constant(-kLanes)).getResult();
    if (!known || *known % kLanes != 0)
      carried = f.loop(whole, length, kLanes, carried, [&](Value start, mlir::ValueRange inner) {
        return step(start, f.laneMask(f.sub(length, start)), inner);
      });
    if (known && *known < kLanes) return;
    f.loop(zero, whole, kLanes, carried, [&](Value done, mlir::ValueRange inner) {
      return step(f.sub(f.sub(whole, f.constant(kLanes)), done), Value(), inner);
    });
  }

  /// As many rows of n elements as fit in a vector, in the steps of scanVector.
  void emitShortRows(int64_t n) {
    const int64_t rows = kLanes / n;
    f.setTrips(outer, length, f.constant(rows));
    auto scan = [&](Value row, Value mask) {
      f.elements.enterBody(kLanes, mask);
      Value position = f.mul(row, length);
      steps.store(scanSegments(steps.element(0, position, 1), n), position, 1);
    };
    Value mask = rows * n == kLanes ? Value() : f.laneMask(f.constant(rows * n));
    Value groups = arith::DivUIOp::create(b, at, f.sub(f.end, f.begin), f.constant(rows));
    Value whole = f.add(f.begin, f.mul(groups, f.constant(rows)));
    f.loop(f.begin, whole, rows, [&](Value row) { scan(row, mask); });
    f.loop(whole, f.end, rows, [&](Value row) { scan(row, f.laneMask(f.mul(f.sub(f.end, row), length))); });
  }

  /// Each n lanes on their own.
  Value scanSegments(Value x, int64_t n) {
    const int64_t used = kLanes / n * n;
    // Lanes of the row that come before one; lanes of no row have none.
    auto before = [&](int64_t lane) { return lane >= used ? 0 : reverse ? n - 1 - lane % n : lane % n; };
    auto shifted = [&](Value filling, Value y, int64_t distance) {
      return shuffle(filling, y, [&](int64_t lane) {
        return before(lane) < distance ? lane : kLanes + lane + (reverse ? distance : -distance);
      });
    };
    Value none = steps.identity(x.getType());
    for (int64_t distance = 1; distance < n; distance *= 2) x = steps.combine(shifted(none, x, distance), x);
    if (!exclusive) return x;
    Value first = initial(x.getType());
    return shifted(first, steps.combine(first, x), 1);
  }

  void scanInOrder(Value base) {
    Value one = f.constant(1), last = f.sub(length, one);
    auto position = [&](Value i) { return f.add(base, reverse ? f.sub(last, i) : i); };
    Values first = f.loop(f.constant(0), f.minimum(length, one), 1, {steps.identity(stateType)},
                          [&](Value i, mlir::ValueRange) -> Values {
                            f.elements.enterBody(0, {});
                            Value state = steps.element(1, position(i), 0);
                            steps.store(state, position(i), 0);
                            return {state};
                          });
    f.loop(one, length, 1, first, [&](Value i, mlir::ValueRange carried) -> Values {
      f.elements.enterBody(0, {});
      Value p = position(i), state = steps.advance(carried[0], steps.element(0, p, 0), steps.element(1, p, 0));
      steps.store(state, p, 0);
      return {state};
    });
  }

  //===-- Other axes -----------------------------------------------------------------------------------------===//

  void emitColumns() {
    Value scratch = allocateScratch();
    Value block = f.constant(kColumns), blocks = f.quotientUp(inner, block);
    f.setTrips(f.mul(outer, blocks), f.mul(length, f.minimum(inner, block)));
    auto type = mlir::cast<mlir::VectorType>(withLanes(stateType, kLanes));
    const unsigned alignment = std::max(stateType.getIntOrFloatBitWidth() / 8, 1u);
    auto address = [&](Value offset) -> Value {
      return LLVM::GEPOp::create(b, at, scratch.getType(), stateType, scratch, llvm::ArrayRef<LLVM::GEPArg>{offset});
    };
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      Value matrix = arith::DivUIOp::create(b, at, trip, blocks);
      Value first = f.mul(arith::RemUIOp::create(b, at, trip, blocks), block);
      Value last = f.minimum(f.add(first, block), inner);
      Value base = f.mul(matrix, f.mul(length, inner));
      auto overColumns = [&](Value row, bool isFirst) {
        Value start = rowStart(base, row);
        f.laneLoop(first, last, {}, [&](Value column, Value mask, mlir::ValueRange) {
          f.elements.enterBody(kLanes, mask);
          Value place = address(f.sub(column, first));
          Value before = isFirst ? Value() : LLVM::LoadOp::create(b, at, type, place, alignment).getResult();
          LLVM::StoreOp::create(b, at, stepColumns(before, type, f.add(start, column)), place, alignment);
          return Values();
        });
      };
      auto manyColumns = [&] {
        f.loop(f.constant(0), f.minimum(length, f.constant(1)), 1, [&](Value row) { overColumns(row, true); });
        f.loop(f.constant(1), length, 1, [&](Value row) { overColumns(row, false); });
      };
      auto known = constantOf(inner);
      if (known && *known <= kLanes) return fewColumns(base);
      if (known) return manyColumns();
      f.branch(f.less(inner, f.constant(kLanes + 1)), [&] { fewColumns(base); }, manyColumns);
    });
  }

  Value rowStart(Value base, Value row) {
    return f.add(base, f.mul(reverse ? f.sub(f.sub(length, f.constant(1)), row) : row, inner));
  }

  /// Stores the results of the columns from `position` on, and returns what they are for the next row; none before the
  /// first.
  Value stepColumns(Value before, mlir::VectorType type, Value position) {
    const bool isFirst = !before;
    if (isFirst) before = initial(type);
    Value state = code != OpCode::linear_scan ? steps.combine(before, steps.element(0, position, 1))
                  : isFirst ? steps.element(1, position, 1)
                            : steps.advance(before, steps.element(0, position, 1), steps.element(1, position, 1));
    steps.store(exclusive ? before : state, position, 1);
    return state;
  }

  /// At most a vector of columns: what lies in scratch is there for the next row only after five times as long.
  void fewColumns(Value base) {
    auto known = constantOf(inner);
    if (known == 0) return;
    const int64_t lanes = known ? static_cast<int64_t>(llvm::PowerOf2Ceil(*known)) : kLanes;
    Value mask = known == lanes ? Value() : f.laneMask(inner, lanes);
    auto type = mlir::VectorType::get({lanes}, stateType);
    Value one = f.constant(1);
    auto step = [&](Value row, Value before) -> Values {
      f.elements.enterBody(lanes, mask);
      return {stepColumns(before, type, rowStart(base, row))};
    };
    Values first = f.loop(f.constant(0), f.minimum(length, one), 1, {steps.identity(type)},
                          [&](Value row, mlir::ValueRange) { return step(row, Value()); });
    f.loop(one, length, 1, first, [&](Value row, mlir::ValueRange carried) { return step(row, carried[0]); });
  }

  Value allocateScratch() {
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&f.target.getBody().front());
    Value count = arith::ConstantOp::create(b, at, b.getI64IntegerAttr(kColumns));
    return LLVM::AllocaOp::create(b, at, LLVM::LLVMPointerType::get(b.getContext()), stateType, count, 64);
  }
};

}  // namespace

void emitScanKernel(KernelFrame &f) {
  f.setForm("running results");
  ScanEmitter(f).emit();
}

}  // namespace etch::codegen
