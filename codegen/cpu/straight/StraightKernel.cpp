// Kernels of ops on a few elements: one straight line of code. Operands are loaded when they are first asked for, all
// values stay in registers, and results are stored at the end, so that they may lie over any operand
// (docs/decisions/0096-straight-lines.md).

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/MultiplyAdd.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/math/MathRoutine.h"
#include "codegen/cpu/reduce/Reducer.h"
#include "codegen/cpu/straight/Moves.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using ir::typeOf;
using mlir::Value;

namespace {

/// From so many instructions on, math functions of vectors are calls: what lives across them goes to the stack
/// (docs/decisions/0096).
constexpr int64_t kMostMathInstructions = 1024;

class StraightEmitter {
 public:
  explicit StraightEmitter(KernelFrame &f) : f(f), b(f.b), registers(f) {}

  void emit() {
    f.setTrips(f.constant(1), 1);
    f.elements.enterBody(0, {});
    int64_t instructions = 0;
    for (mlir::Operation &op : f.body().without_terminator())
      if (auto fn = mathFunctionOf(&op)) instructions += mathInstructions(*fn);
    callsMath = instructions > kMostMathInstructions;
    llvm::StringRef attributes[] = {kStraightLine, "stackrealign"};
    f.target->setAttr("passthrough", b.getStrArrayAttr(llvm::ArrayRef(attributes).take_front(callsMath ? 2 : 1)));
    for (mlir::Operation &op : f.body().without_terminator()) values[op.getResult(0)] = emit(&op);
    const Values outputs = llvm::map_to_vector(f.outputs(), [&](Value output) { return registerOf(output); });
    for (auto [output, value, pointer] : llvm::zip(f.outputs(), outputs, f.results))
      registers.store(dtypeOf(output), value, pointer, elementsOf(output));
  }

 private:
  KernelFrame &f;
  mlir::OpBuilder &b;
  Registers registers;
  llvm::DenseMap<Value, Value> values;
  bool callsMath = false;

  static int64_t elementsOf(Value tensor) { return typeOf(tensor).getNumElements(); }

  Value registerOf(Value tensor) {
    Value &value = values[tensor];
    if (!value) value = registers.load(dtypeOf(tensor), f.pointerOf(tensor), f.constant(0), elementsOf(tensor));
    return value;
  }
  Values registersOf(mlir::ValueRange tensors) {
    return llvm::map_to_vector(tensors, [&](Value tensor) { return registerOf(tensor); });
  }
  Lane elementOf(Value tensor, int64_t element) { return {registerOf(tensor), element}; }

  Value emit(mlir::Operation *op) {
    if (op->hasTrait<ir::ElementwiseOp>()) return emitElementwise(op);
    if (movesElements(op)) return emitMove(registers, op, [&](Value tensor) { return registerOf(tensor); });
    if (llvm::isa<ir::ConstantOp>(op))
      return registers.gather(
          llvm::SmallVector<Lane>(elementsOf(op->getResult(0)), {f.elements.at(op->getResult(0), {})}));
    if (auto iota = llvm::dyn_cast<ir::IotaOp>(op)) return emitIota(iota);
    if (auto slice = llvm::dyn_cast<ir::DynamicSliceOp>(op))
      return emitSliceOfMemory(f, registers, slice, f.pointerOf(slice.getOperand()), registersOf(slice.getStarts()));
    if (auto update = llvm::dyn_cast<ir::DynamicUpdateSliceOp>(op))
      return emitReplacedElement(f, update, registerOf(update.getOperand()), registerOf(update.getUpdate()),
                                 registersOf(update.getStarts()));
    if (auto dot = llvm::dyn_cast<ir::DotGeneralOp>(op)) return emitProduct(dot);
    if (passes::roleOf(op) == passes::Role::Reduce) return emitFolds(op);
    throw UnsupportedError("no straight line of code for etch." + op->getName().stripDialect().str(),
                           ir::toUserLocation(op->getLoc()));
  }

  Value emitElementwise(mlir::Operation *op) {
    Values operands = registersOf(op->getOperands());
    const int64_t elements = elementsOf(op->getResult(0));
    if (!mathFunctionOf(op) || elements == 1) return emitScalarOp(b, op, operands, f.policy);
    // Lanes that hold nothing must not take the way of large arguments. Routines exist for whole vectors.
    const int64_t lanes = callsMath ? kLanes : Registers::lanesFor(elements);
    for (Value &operand : operands) operand = registers.widen(operand, elements, lanes);
    Value result = emitScalarOp(b, op, operands, f.policy, callsMath);
    llvm::SmallVector<Lane> first;
    for (int64_t lane = 0; lane < elements; ++lane) first.push_back({result, lane});
    return registers.gather(first);
  }

  Value emitIota(ir::IotaOp iota) {
    llvm::ArrayRef<int64_t> shape = iota.getType().getShape();
    int64_t inner = 1;
    for (int64_t extent : shape.drop_front(iota.getAxis() + 1)) inner *= extent;
    llvm::SmallVector<Lane> lanes;
    for (int64_t element = 0; element < elementsOf(iota.getResult()); ++element)
      lanes.push_back({f.constant(element / inner % shape[iota.getAxis()])});
    return emitCast(b, iota.getLoc(), registers.gather(lanes), DType::i64, dtypeOf(iota.getResult()));
  }

  /// Sums go along the depth from 0 on, as those of the shared routine.
  Value emitProduct(ir::DotGeneralOp dot) {
    mlir::RankedTensorType left = typeOf(dot.getLhs()), right = typeOf(dot.getRhs());
    const bool fused = fusesMultiplyAdd(f.vectorUnit(), f.policy);
    int64_t depth = 1;
    for (int64_t axis : dot.getLhsContract()) depth *= left.getDimSize(axis);
    const DotSide leftSide{left, dot.getLhsBatch(), dot.getLhsContract()},
        rightSide{right, dot.getRhsBatch(), dot.getRhsContract()};
    const int64_t rows = leftSide.freeElements(), columns = rightSide.freeElements();
    Value sum =
        splatConstant(b, f.at, withLanes(left.getElementType(), Registers::lanesFor(elementsOf(dot.getResult()))), 0.0);
    for (int64_t k = 0; k < depth; ++k) {
      llvm::SmallVector<Lane> factors, line;
      for (int64_t element = 0; element < elementsOf(dot.getResult()); ++element) {
        const int64_t batch = element / (rows * columns);
        factors.push_back(elementOf(dot.getLhs(), leftSide.elementAt(batch, element / columns % rows, k)));
        line.push_back(elementOf(dot.getRhs(), rightSide.elementAt(batch, element % columns, k)));
      }
      sum = emitMultiplyAdd(b, f.at, registers.gather(factors), registers.gather(line), sum, fused);
    }
    return sum;
  }

  /// An operand of a product, its axes of each kind taken together.
  struct DotSide {
    mlir::RankedTensorType type;
    llvm::ArrayRef<int64_t> batch, contract;

    bool isFree(int64_t axis) const { return !llvm::is_contained(batch, axis) && !llvm::is_contained(contract, axis); }
    int64_t freeElements() const {
      int64_t elements = 1;
      for (int64_t axis = 0; axis < type.getRank(); ++axis) elements *= isFree(axis) ? type.getDimSize(axis) : 1;
      return elements;
    }
    int64_t elementAt(int64_t ofBatch, int64_t ofFree, int64_t ofDepth) const {
      llvm::SmallVector<int64_t> position(type.getRank());
      auto split = [&](int64_t axis, int64_t &number) {
        position[axis] = number % type.getDimSize(axis);
        number /= type.getDimSize(axis);
      };
      for (int64_t axis : llvm::reverse(batch)) split(axis, ofBatch);
      for (int64_t axis : llvm::reverse(contract)) split(axis, ofDepth);
      for (int64_t axis = type.getRank(); axis-- > 0;)
        if (isFree(axis)) split(axis, ofFree);
      int64_t element = 0;
      for (int64_t axis = 0; axis < type.getRank(); ++axis) element = element * type.getDimSize(axis) + position[axis];
      return element;
    }
  };

  /// Each result folds lines of elements side by side, and these in their order, as a row of a reduce kernel does.
  Value emitFolds(mlir::Operation *op) {
    mlir::RankedTensorType type = typeOf(op->getOperand(0));
    const int64_t results = elementsOf(op->getResult(0)), elements = type.getNumElements() / results;
    const int64_t length = std::min(elements, type.getRank() ? type.getDimSize(laneAxisOf(type)) : 1);
    Reducer reducer(f, op);
    llvm::SmallVector<Lane> folded;
    for (int64_t result = 0; result < results; ++result) {
      Values state = foldLine(reducer, result * elements, length);
      for (int64_t done = length; done < elements; done += length)
        state = reducer.combine(state, foldLine(reducer, result * elements + done, length));
      folded.push_back({reducer.finish(reducer.foldLanes(state))});
    }
    return registers.gather(folded);
  }

  Values foldLine(Reducer &reducer, int64_t first, int64_t length) {
    Value operand = reducer.op->getOperand(0), mask = length == kLanes ? Value() : f.laneMask(f.constant(length));
    llvm::SmallVector<Lane> line;
    for (int64_t lane = 0; lane < kLanes; ++lane)
      line.push_back(elementOf(operand, first + std::min(lane, length - 1)));
    f.elements.setValue(operand, registers.gather(line));
    f.elements.enterBody(kLanes, mask);
    const Index index(typeOf(operand).getRank(), AxisIndex{f.constant(0), 0, {}});
    Values state = reducer.take(reducer.initial(kLanes), index, mask);
    f.elements.unsetValue(operand);
    f.elements.enterBody(0, {});
    return state;
  }
};

}  // namespace

void emitStraightKernel(KernelFrame &f) {
  f.setForm("straight line");
  StraightEmitter(f).emit();
}

}  // namespace etch::codegen
