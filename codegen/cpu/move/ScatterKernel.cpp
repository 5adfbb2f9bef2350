// scatter_add: slices added at indices along an axis, one after the other in order of their indices, so that equal
// indices add up the same way every time.
//
// Parallel tasks take parts of the axis, not of the indices: each looks at all indices and adds the slices that fall
// into its part, in order. The parts follow from the shape alone. Single elements are added by one task, which is done
// before two would have looked at all indices (docs/decisions/0119-messages.md).

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/BFloat16.h"
#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Parts of the axis: every part passes over all indices, so that more of them cost more than they save. Rows of fewer
/// bytes are added before two threads know which are theirs. One thread and two, ms (Zen 4): 1M rows of 4 f32 1.4 and
/// 8.5; 64 MiB in rows of 16, 32 and 64 f32 3.7, 3.2 and 3.8, and 5.3, 5.4 and 4.2 (docs/decisions/0108).
constexpr int64_t kParts = 8, kLeastBytesInParts = 256;

/// Indices that a task looks through before it adds the rows of its part: whether one falls into it cannot be foreseen,
/// and a test that is taken for true would begin to add a row (docs/decisions/0119).
constexpr int64_t kLookedThrough = 256;

/// Rows ahead of the one that is added, and how much of a row: see docs/decisions/0055-taken-rows.md.
constexpr int64_t kAhead = 16;
constexpr int64_t kMostBytesAhead = 1024;
/// A table of up to so many bytes stays in L2, where its rows are near enough (docs/decisions/0108).
constexpr int64_t kNearTable = 1 << 19;

/// The tensors as matrices of rows: operand and result [outer, axis, inner], updates [outer, indices, inner].
class ScatterEmitter {
 public:
  ScatterEmitter(KernelFrame &f, ir::ScatterAddOp op) : f(f), b(f.b), at(f.at), op(op) {
    dtype = ir::toDType(op.getType().getElementType());
    indexDType = ir::toDType(llvm::cast<mlir::RankedTensorType>(op.getIndices().getType()).getElementType());
    Extents size = f.extents.of(op.getOperand()), indices = f.extents.of(op.getIndices());
    auto axis = static_cast<int64_t>(op.getAxis());
    outer = f.extents.product(llvm::ArrayRef(size).take_front(axis));
    extent = size[axis];
    inner = f.extents.product(llvm::ArrayRef(size).drop_front(axis + 1));
    count = f.extents.product(indices);
    hasStoredUpdates = llvm::isa<mlir::BlockArgument>(op.getUpdates());
    // What is in memory is read by its position there.
    f.elements.flat = true;
    // The running sums live in the result.
    f.elements.bindPointer(op.getResult(), f.results[0]);
  }

  void emit() {
    Value work = f.extents.product({outer, inner, f.add(count, extent)});
    f.splitInRanges();
    f.setTrips(extent, shareOf(work, extent), areLong() ? shareOf(extent, f.constant(kParts)) : extent);
    begin();
    if (computesVectors()) return addVectors();
    f.loop(f.constant(0), outer, 1, [&](Value matrix) {
      auto addAll = [&] { addRows(matrix, count, [](Value k) { return k; }); };
      if (!areLong() || isOneTask()) return addAll();
      Value isAll =
          arith::AndIOp::create(b, at, arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, f.begin, f.constant(0)),
                                arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, f.end, extent));
      f.branch(isAll, addAll, [&] { addPartly(matrix); });
    });
  }

 private:
  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  ir::ScatterAddOp op;
  DType dtype, indexDType;
  Value outer, extent, inner, count;
  bool hasStoredUpdates;

  /// Are rows worth parts, as far as is known?
  bool areLong() {
    auto width = constantOf(inner);
    return !width || *width * static_cast<int64_t>(size_of(dtype)) >= kLeastBytesInParts;
  }

  bool isOneTask() {
    auto trips = constantOf(extent);
    return trips && !isSplit(f.target, *trips);
  }

  /// Adds the rows whose places are in this part, which is not all of the axis.
  void addPartly(Value matrix) {
    Value list = f.allocate(kLookedThrough * static_cast<int64_t>(sizeof(int64_t)));
    f.loop(f.constant(0), count, kLookedThrough, [&](Value first) {
      Value last = f.minimum(f.add(first, f.constant(kLookedThrough)), count);
      auto listed =
          f.loop(first, last, 1, f.constant(0), [&](Value i, mlir::ValueRange length) -> llvm::SmallVector<Value> {
            storeScalar(b, at, DType::i64, i, list, length[0]);
            Value isListed = isInside(indexAt(i));
            return {f.add(length[0], arith::ExtUIOp::create(b, at, b.getI64Type(), isListed))};
          });
      addRows(matrix, listed[0], [&](Value k) { return loadScalar(b, at, DType::i64, list, k); });
    });
  }

  /// Is something computed that differs from index to index?
  static bool isComputed(Value tensor) {
    mlir::Operation *maker = tensor.getDefiningOp();
    return maker && !llvm::isa<ir::ConstantOp, ir::BroadcastInDimOp>(maker);
  }

  /// Are the updates single elements of one row, and are they or their indices computed?
  bool computesVectors() {
    return op.getType().getRank() == 1 && op.getIndices().getType().getRank() == 1 &&
           (isComputed(op.getUpdates()) || isComputed(op.getIndices()));
  }

  /// Computes as many indices and updates as a vector has lanes, and adds the updates one by one.
  void addVectors() {
    const Line indices = lineOf(op.getIndices(), indexDType), updates = lineOf(op.getUpdates(), dtype);
    f.laneLoop(f.constant(0), count, {}, [&](Value first, Value mask, mlir::ValueRange) {
      f.elements.enterBody(kLanes, mask);
      f.elements.flat = false;
      for (const Line &line : {indices, updates})
        if (line.memory)
          storeVector(f, line.dtype, f.elements.vectorAt(line.tensor, Index{{first, 1, {}}}), line.memory, {});
      f.elements.flat = true;
      Value here = mask ? f.sub(count, first) : f.constant(kLanes);
      f.loop(f.constant(0), here, 1, [&](Value lane) {
        f.elements.enterBody(0, {});
        auto elementHere = [&](const Line &line) { return elementOf(line, lane, f.add(first, lane)); };
        Value picked = emitCast(b, at, elementHere(indices), indexDType, DType::i64);
        f.branch(isInside(picked), [&] { add(picked, elementHere(updates), /*step=*/0); });
      });
      return llvm::SmallVector<Value>();
    });
  }

  /// Elements of a tensor for as many indices as a vector has lanes: in memory of their own, if they are computed.
  struct Line {
    Value tensor;
    DType dtype;
    Value memory;
  };
  Line lineOf(Value tensor, DType type) {
    if (!isComputed(tensor)) return {tensor, type, {}};
    return {tensor, type, f.allocate(kLanes * static_cast<int64_t>(size_of(type)))};
  }
  Value elementOf(const Line &line, Value lane, Value i) {
    return line.memory ? loadScalar(b, at, line.dtype, line.memory, lane)
                       : f.elements.at(line.tensor, Index{{i, 0, {}}});
  }

  /// Is the place along the axis in this part of it?
  Value isInside(Value picked) {
    return arith::AndIOp::create(b, at, arith::CmpIOp::create(b, at, arith::CmpIPredicate::sge, picked, f.begin),
                                 f.less(picked, f.end));
  }

  /// At least 1.
  Value shareOf(Value value, Value parts) {
    Value one = f.constant(1);
    return f.maximum(f.quotientUp(value, f.maximum(parts, one)), one);
  }

  Value indexAt(Value i) {
    f.elements.enterBody(0, {});
    return emitCast(b, at, f.elements.at(op.getIndices(), Index{{i, 0, {}}}), indexDType, DType::i64);
  }

  /// This part of the result holds the operand: zeros, or a copy unless the plan put the result over it.
  void begin() {
    if (auto operand = llvm::dyn_cast<mlir::BlockArgument>(op.getOperand()))
      return copyUnlessInPlace(f.operands[operand.getArgNumber()]);
    Value zero = mlir::arith::ConstantOp::create(b, at, b.getI8IntegerAttr(0));
    forEachPart([&](Value first, Value bytes) {
      LLVM::MemsetOp::create(b, at, elementPointer(b, at, dtype, f.results[0], first), zero, bytes,
                             /*isVolatile=*/false);
    });
  }

  /// body(first element, bytes) for this part of each matrix.
  void forEachPart(llvm::function_ref<void(Value first, Value bytes)> body) {
    f.loop(f.constant(0), outer, 1, [&](Value matrix) {
      body(f.mul(f.add(f.mul(matrix, extent), f.begin), inner),
           f.extents.product({f.sub(f.end, f.begin), inner, f.constant(size_of(dtype))}));
    });
  }

  void copyUnlessInPlace(Value operand) {
    Value from = LLVM::PtrToIntOp::create(b, at, b.getI64Type(), operand),
          to = LLVM::PtrToIntOp::create(b, at, b.getI64Type(), f.results[0]);
    Value apart = arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne, from, to);
    auto guard = mlir::scf::IfOp::create(b, at, apart);
    mlir::OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(guard.thenBlock());
    forEachPart([&](Value first, Value bytes) {
      LLVM::MemcpyOp::create(b, at, elementPointer(b, at, dtype, f.results[0], first),
                             elementPointer(b, at, dtype, operand, first), bytes, /*isVolatile=*/false);
    });
  }

  /// Adds the rows of the indices numbered place(k), in order, for k below `length`.
  void addRows(Value matrix, Value length, llvm::function_ref<Value(Value)> place) {
    f.loop(f.constant(0), length, 1, [&](Value k) {
      fetchAhead(matrix, place(f.minimum(f.add(k, f.constant(kAhead)), f.sub(length, f.constant(1)))));
      Value i = place(k), picked = indexAt(i);
      f.branch(isInside(picked),
               [&] { addRow(f.mul(f.add(f.mul(matrix, extent), picked), inner), updatesAt(matrix, i)); });
    });
  }

  /// The rows that are added to lie anywhere: they are asked for some indices ahead. An index may be any number, which
  /// is no harm, since fetching never faults.
  void fetchAhead(Value matrix, Value i) {
    auto width = constantOf(inner);
    const int64_t bytes = width.value_or(0) * static_cast<int64_t>(size_of(dtype));
    auto rows = constantOf(f.extents.product({outer, extent}));
    if (bytes < kCacheLine || (rows && *rows * bytes <= kNearTable)) return;
    Value row = elementPointer(b, at, dtype, f.results[0], f.mul(f.add(f.mul(matrix, extent), indexAt(i)), inner));
    for (int64_t line = 0; line < std::min(bytes, kMostBytesAhead); line += kCacheLine) {
      Value address = LLVM::GEPOp::create(b, at, row.getType(), b.getI8Type(), row,
                                          llvm::ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(line)});
      LLVM::Prefetch::create(b, at, address, /*rw=*/1, /*hint=*/3, /*cache=*/1);
    }
  }

  /// The index of a number in row-major order.
  Index unfolded(Value number, llvm::ArrayRef<Value> size) {
    Index index(size.size());
    for (size_t axis = size.size(); axis-- > 0;) {
      const bool isLast = axis == 0;
      index[axis].base = isLast ? number : arith::RemUIOp::create(b, at, number, size[axis]).getResult();
      if (!isLast) number = arith::DivUIOp::create(b, at, number, size[axis]);
    }
    return index;
  }

  /// Where a row of the updates begins: its position in memory, or its index but for the column.
  Index updatesAt(Value matrix, Value i) {
    if (hasStoredUpdates) return {{f.mul(f.add(f.mul(matrix, count), i), inner), 0, {}}};
    Extents size = f.extents.of(op.getOperand()), indices = f.extents.of(op.getIndices());
    Index index = unfolded(matrix, llvm::ArrayRef(size).take_front(op.getAxis()));
    index.append(unfolded(i, indices));
    return index;
  }

  Value updateAt(const Index &row, Value column, int64_t step) {
    if (hasStoredUpdates) return f.elements.at(op.getUpdates(), Index{{f.add(row[0].base, column), step, {}}});
    Index index(row);
    if (static_cast<int64_t>(index.size()) < op.getUpdates().getType().getRank()) index.push_back({column, step, {}});
    f.elements.flat = false;
    Value update = step ? f.elements.vectorAt(op.getUpdates(), index) : f.elements.at(op.getUpdates(), index);
    f.elements.flat = true;
    return update;
  }

  /// result[to + c] += updates[from + c] for the columns of a row: whole vectors, and what is left in pieces of half a
  /// vector, a quarter and so on. The next index may pick this row again, and no processor hands over what a masked
  /// store has written: it would be waited for (docs/decisions/0108-scattered-short-rows.md).
  void addRow(Value to, const Index &from) {
    Value whole = bitsOfWidth(-kLanes);
    if (constantOf(whole) != 0)
      f.loop(f.constant(0), whole, kLanes, [&](Value column) { addPiece(to, from, column, kLanes); });
    Value rest;  // of computed updates: once, not for each piece
    auto width = constantOf(inner);
    if (!hasStoredUpdates && width && *width % kLanes > 1) {
      f.elements.enterBody(kLanes, f.laneMask(f.constant(*width % kLanes)));
      rest = updateAt(from, whole, 1);
    }
    for (int64_t lanes = kLanes / 2; lanes >= 1; lanes /= 2) {
      auto piece = [&] { addPiece(to, from, bitsOfWidth(-2 * lanes), lanes, rest); };
      Value isThere = bitsOfWidth(lanes);
      if (!width)
        f.branch(arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne, isThere, f.constant(0)), piece);
      else if (constantOf(isThere) != 0)
        piece();
    }
  }

  /// Some bits of the number of columns.
  Value bitsOfWidth(int64_t bits) {
    if (auto width = constantOf(inner)) return f.constant(*width & bits);
    return arith::AndIOp::create(b, at, inner, f.constant(bits));
  }

  /// So many columns from `column` on, which are those of `vector` from there on if there is one.
  void addPiece(Value to, const Index &from, Value column, int64_t lanes, Value vector = {}) {
    const int64_t step = lanes > 1 ? 1 : 0;
    f.elements.enterBody(step ? lanes : 0, {});
    Value update;
    if (vector) {
      const int64_t first = *constantOf(column) % kLanes;
      auto places = llvm::to_vector(llvm::seq(first, first + lanes));
      update = step ? mlir::vector::ShuffleOp::create(b, at, vector, vector, places).getResult()
                    : mlir::vector::ExtractOp::create(b, at, vector, first).getResult();
    } else {
      update = updateAt(from, column, step);
    }
    add(f.add(to, column), update, step);
  }

  /// Adds to the element at a position, or to the elements of a vector from there on.
  void add(Value position, Value update, int64_t step) {
    if (step == 0) f.elements.enterBody(0, {});
    Index target{{position, step, {}}};
    Value sum = f.elements.at(op.getResult(), target);
    sum = is_floating(dtype) ? arith::AddFOp::create(b, at, sum, update).getResult()
                             : arith::AddIOp::create(b, at, sum, update).getResult();
    if (dtype == DType::bf16) sum = roundToBFloat16(b, at, sum);
    f.elements.store(at, sum, f.results[0], op.getResult(), target);
  }
};

}  // namespace

void emitScatterKernel(KernelFrame &f) {
  ScatterEmitter(f, llvm::cast<ir::ScatterAddOp>(f.outputs()[0].getDefiningOp())).emit();
}

}  // namespace etch::codegen
