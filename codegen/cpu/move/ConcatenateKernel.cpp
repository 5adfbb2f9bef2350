// Kernels over a concatenation: a loop for each operand over its part of the index space, so that time and code are
// linear in the operands. Operands in memory of one type share their code, however many they are. Where nothing else is
// computed, operands in memory are copied as they lie.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/elements/TransposedTile.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Operands from which on one loop over them is less code than a copy of it for each (docs/decisions/0117).
constexpr size_t kFewestInLoop = 16;

class ConcatenateEmitter {
 public:
  ConcatenateEmitter(KernelFrame &f, ir::ConcatenateOp op)
      : f(f),
        b(f.b),
        at(f.at),
        op(op),
        axis(static_cast<int64_t>(op.getAxis())),
        dtype(ir::toDType(op.getType().getElementType())),
        size(f.extents.of(op.getResult())) {}

  /// parallel_for divides the first axis of the result.
  void emit() {
    if (isInterleaving()) return emitInterleaved();
    f.setTrips(size[0], f.extents.product(llvm::ArrayRef(size).drop_front()));
    Value offset = f.constant(0);
    for (mlir::ValueRange rest = op.getInputs(); !rest.empty();) {
      const size_t count = countOfRun(rest);
      Value own = f.extents.of(rest.front())[axis];
      if (count == 1)
        emitOperand(rest.front(), offset);
      else
        emitRun(llvm::cast<mlir::BlockArgument>(rest.front()), count, offset);
      offset = add(offset, f.mul(own, f.constant(static_cast<int64_t>(count))));
      rest = rest.drop_front(count);
    }
  }

 private:
  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  ir::ConcatenateOp op;
  int64_t axis;
  DType dtype;
  Extents size;

  bool isAlone() { return f.outputs().size() == 1 && f.outputs()[0] == op.getResult(); }

  /// Single elements of a few operands in turn, as stack makes of them on a new last axis: runs would be one element.
  bool isInterleaving() {
    const size_t count = op.getInputs().size();
    if (axis == 0 || !isAlone() || count < 2 || count > kMostInterleaved) return false;
    return llvm::all_of(op.getInputs(), [&](Value operand) {
      return llvm::isa<mlir::BlockArgument>(operand) &&
             constantOf(f.extents.product(llvm::ArrayRef(f.extents.of(operand)).drop_front(axis))) == 1;
    });
  }

  /// A vector of each operand at a time; shuffles put them together.
  void emitInterleaved() {
    const auto count = static_cast<int64_t>(op.getInputs().size());
    Value perTrip = f.extents.product(llvm::ArrayRef(size).take_front(axis).drop_front());
    f.setTrips(size[0], f.mul(perTrip, f.constant(count)));
    auto type = mlir::VectorType::get({kLanes}, memoryType(dtype, b.getContext()));
    using Vectors = llvm::SmallVector<Value>;
    f.laneLoop(f.mul(f.begin, perTrip), f.mul(f.end, perTrip), {}, [&](Value start, Value mask, mlir::ValueRange) {
      Vectors lines, masks;
      for (Value operand : op.getInputs()) {
        Value from = elementPointer(b, at, dtype, f.pointerOf(operand), start);
        lines.push_back(loadLine(b, at, type, from, mask));
        if (mask) masks.push_back(mask);
      }
      if (mask) masks = interleaved(b, at, masks);
      for (auto [i, line] : llvm::enumerate(interleaved(b, at, lines))) {
        Value place = f.add(f.mul(start, f.constant(count)), f.constant(static_cast<int64_t>(i) * kLanes));
        Value to = elementPointer(b, at, dtype, f.results[0], place);
        storeLine(b, at, line, to, mask ? masks[i] : Value());
      }
      return Vectors();
    });
  }

  /// How many operands from the first of `rest` on share their code: those of one type that lie in memory, whose
  /// pointers are neighbours among the parameters. Otherwise 1.
  size_t countOfRun(mlir::ValueRange rest) {
    auto first = llvm::dyn_cast<mlir::BlockArgument>(rest.front());
    if (!first || !ir::typeOf(first).hasStaticShape()) return 1;
    size_t count = 0;
    auto follows = [&](Value operand) {
      auto argument = llvm::dyn_cast<mlir::BlockArgument>(operand);
      // What else reads it would find the others in its place.
      return argument && argument.hasOneUse() && argument.getType() == first.getType() &&
             argument.getArgNumber() == first.getArgNumber() + count;
    };
    while (count < rest.size() && follows(rest[count])) ++count;
    return count < kFewestInLoop ? 1 : count;
  }

  /// A loop over operands, of which `first` stands for each in turn.
  void emitRun(mlir::BlockArgument first, size_t count, Value offset) {
    const unsigned number = first.getArgNumber();
    const Value known = f.operands[number];
    auto bind = [&](Value pointer) {
      f.operands[number] = pointer;
      f.elements.bindPointer(first, pointer);
    };
    f.loop(f.constant(0), f.constant(static_cast<int64_t>(count)), 1, [&](Value i) {
      auto pointer = LLVM::LLVMPointerType::get(b.getContext());
      Value place = LLVM::GEPOp::create(b, at, pointer, b.getI64Type(), f.target.getArgument(0),
                                        llvm::ArrayRef<LLVM::GEPArg>{f.add(i, f.constant(number))});
      bind(LLVM::LoadOp::create(b, at, pointer, place, 8));
      emitOperand(first, f.add(offset, f.mul(i, f.extents.of(first)[axis])));
    });
    bind(known);
  }

  void emitOperand(Value operand, Value offset) {
    Extents own = f.extents.of(operand);
    if (axis != 0) return emitRows(operand, own, f.begin, f.end, offset);
    // The rows of this operand that are asked for, counted from its first.
    Value first = f.sub(f.maximum(f.begin, offset), offset),
          last = f.sub(f.minimum(f.end, f.add(offset, own[0])), offset);
    emitRows(operand, own, first, last, offset);
  }

  Value add(Value x, Value y) {
    auto a = constantOf(x), c = constantOf(y);
    return a && c ? f.constant(*a + *c) : f.add(x, y);
  }

  /// Rows [first, last) of the operand's first axis; `offset` is its place along the joined axis.
  void emitRows(Value operand, llvm::ArrayRef<Value> own, Value first, Value last, Value offset) {
    Value some = f.less(first, last);
    auto guard = mlir::scf::IfOp::create(b, at, some);
    mlir::OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(guard.thenBlock());
    f.extents.forget();
    Index index(own.size());
    if (isAlone() && llvm::isa<mlir::BlockArgument>(operand))
      copyRuns(operand, own, first, last, offset);
    else
      emitElements(operand, own, first, last, offset, index, 0);
    f.extents.forget();
  }

  /// An operand in memory: everything from the joined axis on lies together, in the result, too.
  void copyRuns(Value operand, llvm::ArrayRef<Value> own, Value first, Value last, Value offset) {
    Value pointer = f.pointerOf(operand);
    Value after = f.extents.product(llvm::ArrayRef(size).drop_front(axis + 1));
    auto copy = [&](Value to, Value from, Value count) {
      Value bytes = f.mul(count, f.constant(size_of(dtype)));
      LLVM::MemcpyOp::create(b, at, elementPointer(b, at, dtype, f.results[0], to),
                             elementPointer(b, at, dtype, pointer, from), bytes, /*isVolatile=*/false);
    };
    if (axis == 0)
      return copy(f.mul(f.add(first, offset), after), f.mul(first, after), f.mul(f.sub(last, first), after));
    Value run = f.mul(own[axis], after), whole = f.mul(size[axis], after);
    // The axes before the joined one, as one.
    Value perRow = f.extents.product(llvm::ArrayRef(size).take_front(axis).drop_front());
    f.loop(f.mul(first, perRow), f.mul(last, perRow), 1,
           [&](Value i) { copy(f.add(f.mul(i, whole), f.mul(offset, after)), f.mul(i, run), run); });
  }

  /// Element by element: here the concatenation is this operand.
  void emitElements(Value operand, llvm::ArrayRef<Value> own, Value first, Value last, Value offset, Index &index,
                    int64_t depth) {
    bool isLane = depth + 1 == static_cast<int64_t>(own.size());
    Value lower = depth ? f.constant(0) : first, upper = depth ? own[depth] : last;
    if (!isLane) {
      f.loop(lower, upper, 1, [&](Value i) {
        index[depth] = {i, 0, {}};
        emitElements(operand, own, first, last, offset, index, depth + 1);
      });
      return;
    }
    f.laneLoop(lower, upper, {}, [&](Value start, Value mask, mlir::ValueRange) {
      index[depth] = {start, 1, {}};
      f.elements.enterBody(kLanes, mask);
      f.elements.setValue(op.getResult(), f.elements.vectorAt(operand, index));
      Index target(index);
      target[axis].base = f.add(target[axis].base, offset);
      llvm::SmallVector<Value> values;
      for (Value output : f.outputs()) values.push_back(f.elements.at(output, target));
      for (auto [output, value, pointer] : llvm::zip(f.outputs(), values, f.results))
        f.elements.store(at, value, pointer, output, target);
      return llvm::SmallVector<Value>();
    });
  }
};

}  // namespace

bool emitConcatenateKernel(KernelFrame &f) {
  ir::ConcatenateOp found;
  for (mlir::Operation &op : f.body().without_terminator()) {
    auto concatenate = llvm::dyn_cast<ir::ConcatenateOp>(op);
    if (!concatenate || !isReadInPlace(concatenate)) continue;
    if (found) return false;  // parts of two do not end at the same places
    found = concatenate;
  }
  if (!found) return false;
  ConcatenateEmitter(f, found).emit();
  return true;
}

}  // namespace etch::codegen
