// reduce(reshape(f(x))), as means of blocks of pixels are written: a reshape is a view of memory, so f(x) would be
// stored for the sum to read it under other axes. f(reshape(x)) is computed where it is summed, and x is the memory
// that is seen under other axes.
//
// Simplification sinks reshapes behind elementwise ops, where they are out of the way. This is the place where they are
// in the way.

#include <map>

#include "llvm/ADT/DenseMap.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "ir/dialect/Constants.h"
#include "ir/dialect/EraseDead.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/Traits.h"
#include "passes/Passes.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"

namespace etch::passes {

#define GEN_PASS_DEF_RESHAPEOPERANDS
#include "passes/Passes.h.inc"

namespace {

using ir::typeOf;
using mlir::Value;
using Shape = llvm::ArrayRef<int64_t>;

/// What is computed for one reduction at most.
constexpr int64_t kMostOps = 32;

/// Is it in memory whatever reads it? Else the kernel of its reader may compute it.
bool isInMemory(Value value) {
  mlir::Operation *op = value.getDefiningOp();
  if (!op) return true;
  const Role role = roleOf(op);
  if (role == Role::View) return op->getNumOperands() == 0 || isInMemory(op->getOperand(0));
  return role == Role::Barrier || (role != Role::Lazy && !op->hasOneUse());
}

/// How a broadcast is one under another shape: what its operand is seen as, and where the axes of that are. False where
/// the shape mixes axes that are repeated with others.
bool isBroadcastIn(ir::BroadcastInDimOp broadcast, Shape shape, llvm::SmallVector<int64_t> &source,
                   llvm::SmallVector<int64_t> &dims) {
  mlir::RankedTensorType operand = typeOf(broadcast.getOperand());
  Shape from = broadcast.getType().getShape(), places = broadcast.getDims();
  if (!operand.hasStaticShape() || !broadcast.getType().hasStaticShape() || !llvm::is_sorted(places) ||
      broadcast.getType().getNumElements() == 0)
    return false;
  auto isRead = [&](size_t axis) {
    const auto *place = llvm::find(places, static_cast<int64_t>(axis));
    return place != places.end() && operand.getDimSize(place - places.begin()) == from[axis];
  };
  // Both shapes fall into stretches of axes with the same number of elements.
  for (size_t i = 0, j = 0;;) {
    while (i < from.size() && from[i] == 1) ++i;
    while (j < shape.size() && shape[j] == 1) ++j;
    if (i == from.size()) return true;
    const size_t first = j;
    const bool read = isRead(i);
    for (int64_t left = from[i++], right = shape[j++]; left != right;) {
      if (left > right) {
        right *= shape[j++];
        continue;
      }
      if (from[i] != 1 && isRead(i) != read) return false;
      left *= from[i++];
    }
    for (size_t axis = first; read && axis < j; ++axis) {
      source.push_back(shape[axis]);
      dims.push_back(static_cast<int64_t>(axis));
    }
  }
}

/// Computes what is reduced under one shape.
class OperandReshaper {
 public:
  OperandReshaper(Shape shape, mlir::OpBuilder &b) : shape(shape.begin(), shape.end()), b(b) {}

  /// Is less stored when the operands of what computes `value` are reshaped instead of it?
  bool pays(Value value) {
    if (!typeOf(value).hasStaticShape() || !isComputed(value)) return false;
    stored = ops = 0;
    return addStored(value) && stored < bytesOf(value.getType());
  }

  /// The value under the shape, which takes the place of its reshapes.
  Value compute(Value value) {
    if (Value known = made.lookup(value)) return known;
    auto type = typeOf(value).clone(shape);
    Value result;
    b.setInsertionPointAfterValue(value);
    if (mlir::SplatElementsAttr splat = ir::splatOf(value)) {
      result = ir::ConstantOp::create(b, value.getLoc(), type, splat.resizeSplat(type));
    } else if (isComputed(value)) {
      mlir::Operation *op = value.getDefiningOp();
      llvm::SmallVector<Value> operands;
      for (Value operand : op->getOperands()) operands.push_back(compute(operand));
      b.setInsertionPointAfter(op);
      mlir::OperationState state(op->getLoc(), op->getName(), operands, type, op->getAttrs());
      result = b.create(state)->getResult(0);
      for (mlir::Operation *user : value.getUsers())
        if (isReshape(user)) user->getResult(0).replaceAllUsesWith(result);
    } else {
      result = ofMemory(value, type);
    }
    return made[value] = result;
  }

 private:
  const llvm::SmallVector<int64_t> shape;
  mlir::OpBuilder &b;
  llvm::DenseMap<Value, bool> known;  // whether a value is computed with others
  llvm::DenseMap<Value, Value> made;
  int64_t stored = 0, ops = 0;

  bool isReshape(mlir::Operation *user) const {
    auto reshape = llvm::dyn_cast<ir::ReshapeOp>(user);
    return reshape && reshape.getType().getShape() == Shape(shape);
  }

  /// Is it computed elementwise for nothing but what is read under the shape?
  bool isComputed(Value value, int64_t depth = 0) {
    mlir::Operation *op = value.getDefiningOp();
    if (!op || !op->hasTrait<ir::ElementwiseOp>()) return false;
    if (auto found = known.find(value); found != known.end()) return found->second;
    bool computed = depth < kMostOps;
    for (mlir::Operation *user : value.getUsers())
      computed =
          computed && (isReshape(user) || (user->getNumResults() == 1 && isComputed(user->getResult(0), depth + 1)));
    return known[value] = computed;
  }

  /// Adds up the bytes of what has to be stored then, for no kernel computes it.
  bool addStored(Value value) {
    if (++ops > kMostOps) return false;
    if (ir::splatOf(value)) return true;
    if (isComputed(value))
      return llvm::all_of(value.getDefiningOp()->getOperands(), [&](Value x) { return addStored(x); });
    llvm::SmallVector<int64_t> source, dims;
    auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
    if (broadcast && isBroadcastIn(broadcast, shape, source, dims)) return true;
    if (!isInMemory(value)) stored += bytesOf(value.getType());
    return true;
  }

  Value ofMemory(Value value, mlir::RankedTensorType type) {
    llvm::SmallVector<int64_t> source, dims;
    auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
    if (!broadcast || !isBroadcastIn(broadcast, shape, source, dims)) return seenAs(value, shape);
    Value seen = seenAs(broadcast.getOperand(), source);
    return ir::BroadcastInDimOp::create(b, value.getLoc(), type, seen, mlir::ValueRange(), shape, dims);
  }

  Value seenAs(Value value, Shape as) {
    if (auto reshape = value.getDefiningOp<ir::ReshapeOp>()) value = reshape.getOperand();
    if (typeOf(value).getShape() == as) return value;
    return ir::ReshapeOp::create(b, value.getLoc(), typeOf(value).clone(as), value, mlir::ValueRange(), as);
  }
};

void reshapeOperands(mlir::func::FuncOp function) {
  mlir::OpBuilder b(function);
  std::map<std::vector<int64_t>, OperandReshaper> reshapers;  // what reductions share is computed once
  function.walk([&](mlir::Operation *op) {
    if (roleOf(op) != Role::Reduce) return;
    auto reshape = op->getOperand(0).getDefiningOp<ir::ReshapeOp>();
    if (!reshape || !reshape.getType().hasStaticShape()) return;
    Shape shape = reshape.getType().getShape();
    OperandReshaper &reshaper = reshapers.try_emplace(shape.vec(), shape, b).first->second;
    if (reshaper.pays(reshape.getOperand())) reshaper.compute(reshape.getOperand());
  });
  ir::eraseDead(function);
}

struct ReshapeOperands : impl::ReshapeOperandsBase<ReshapeOperands> {
  void runOnOperation() override {
    getOperation().walk([](mlir::func::FuncOp function) { reshapeOperands(function); });
  }
};

}  // namespace

}  // namespace etch::passes
