// y = f(x), of which y[..., 0], y[..., 1] and y[..., 2] are read (the channels of a picture), and not y itself: a slice
// is a view of memory, so y would be stored to be read again. f(x[..., 0]) and so on are computed where they are read.
//
// Where the columns were put side by side before (y = 2 stack({a, b, c}, -1), as cross products make it), y[..., 0] is
// 2 a, and y may be read as well: its kernel computes the columns itself (codegen/cpu/elements/LoopJoinedColumns.cpp).

#include "llvm/ADT/DenseSet.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "ir/dialect/Constants.h"
#include "ir/dialect/EraseDead.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/Traits.h"
#include "passes/Passes.h"
#include "passes/fusion/Grouping.h"

namespace etch::passes {

#define GEN_PASS_DEF_SLICEOPERANDS
#include "passes/Passes.h.inc"

namespace {

using ir::typeOf;
using mlir::Value;

/// Smaller values stay in the L2 cache until they are read.
constexpr int64_t kLeastElements = 1 << 15;

/// Each part is code of its own.
constexpr int64_t kMostParts = 8;

/// The parts of a value, if nothing else of it is read and they have no more elements than it.
llvm::SmallVector<ir::SliceOp> partsOf(Value value) {
  llvm::SmallVector<ir::SliceOp> parts;
  int64_t left = typeOf(value).getNumElements();
  for (mlir::Operation *user : value.getUsers()) {
    auto part = llvm::dyn_cast<ir::SliceOp>(user);
    if (!part || static_cast<int64_t>(parts.size()) == kMostParts) return {};
    left -= part.getType().getNumElements();
    if (left < 0) return {};
    parts.push_back(part);
  }
  return parts;
}

/// Columns that are read one by one.
llvm::SmallVector<ir::SliceOp> columnsOf(Value value) {
  llvm::SmallVector<ir::SliceOp> columns;
  for (mlir::Operation *user : value.getUsers())
    if (auto part = llvm::dyn_cast<ir::SliceOp>(user); part && part.getType().getShape().back() == 1)
      columns.push_back(part);
  return columns;
}

/// The operand of a concatenation that the part is, if it is one.
Value columnAt(Value joined, ir::SliceOp part) {
  auto concatenate = joined.getDefiningOp<ir::ConcatenateOp>();
  if (!concatenate || !joinsColumns(concatenate)) return nullptr;
  const auto axis = static_cast<size_t>(concatenate.getAxis());
  for (size_t i = 0; i < part.getStarts().size(); ++i)
    if (i != axis && part.getType().getShape()[i] != typeOf(joined).getShape()[i]) return nullptr;
  int64_t offset = 0;
  for (Value column : concatenate.getInputs()) {
    if (offset == part.getStarts()[axis] && typeOf(column).getShape() == part.getType().getShape()) return column;
    offset += typeOf(column).getDimSize(axis);
  }
  return nullptr;
}

bool isLarge(Value value) { return typeOf(value).hasStaticShape() && typeOf(value).getNumElements() >= kLeastElements; }

class OperandSlicer {
 public:
  explicit OperandSlicer(mlir::func::FuncOp function) : function(function), b(function) {}

  void run() {
    function.walk([&](mlir::Operation *op) {
      if (isOfMemory(op)) ofMemory.insert(op);
      if (isOfColumns(op)) ofColumns.insert(op);
      if (op->hasTrait<ir::ElementwiseOp>()) elementwise.push_back(op);
      if (auto slice = llvm::dyn_cast<ir::SliceOp>(op)) slices.try_emplace(keyOf(slice.getOperand(), slice), slice);
    });
    // Readers first: what their parts are computed of are parts of what they read.
    for (mlir::Operation *op : llvm::reverse(elementwise))
      if (isLarge(op->getResult(0))) computeParts(op);
    ir::eraseDead(function);
  }

 private:
  using Key = std::tuple<Value, mlir::Attribute, mlir::Attribute, mlir::Attribute>;  // what, from, to, in steps

  mlir::func::FuncOp function;
  mlir::OpBuilder b;
  llvm::SmallVector<mlir::Operation *> elementwise;
  llvm::DenseSet<mlir::Operation *> ofMemory;   // ops that read, or compute elementwise, what lies in memory
  llvm::DenseSet<mlir::Operation *> ofColumns;  // ops that compute elementwise with columns that have been joined
  llvm::DenseMap<Key, ir::SliceOp> slices;

  static Key keyOf(Value operand, ir::SliceOp slice) {
    return {operand, slice.getStartsAttr(), slice.getLimitsAttr(), slice.getStridesAttr()};
  }

  /// What products, convolutions and reductions hand on to an elementwise op is computed by their kernels, too.
  bool isOfMemory(mlir::Operation *op) {
    const Role role = roleOf(op);
    if (role == Role::Barrier) return true;
    if (role != Role::Loop && role != Role::Lazy && role != Role::View) return false;
    return llvm::all_of(op->getOperands(), [this](Value operand) {
      return !operand.getDefiningOp() || ofMemory.contains(operand.getDefiningOp());
    });
  }

  bool isOfColumns(mlir::Operation *op) {
    return op->hasTrait<ir::ElementwiseOp>() && weightOf(op) == 1 &&
           llvm::any_of(op->getOperands(), [this](Value operand) {
             mlir::Operation *made = operand.getDefiningOp();
             return made && (joinsColumns(made) || ofColumns.contains(made));
           });
  }

  void computeParts(mlir::Operation *op) {
    Value value = op->getResult(0);
    llvm::SmallVector<ir::SliceOp> parts;
    if (ofMemory.contains(op)) parts = partsOf(value);
    if (parts.empty() && ofColumns.contains(op)) parts = columnsOf(value);
    for (ir::SliceOp part : parts) {
      llvm::SmallVector<Value> operands;
      for (Value operand : op->getOperands()) operands.push_back(sliceOf(operand, part));
      mlir::OperationState state(op->getLoc(), op->getName(), operands, part.getType(), op->getAttrs());
      b.setInsertionPoint(op);
      part.replaceAllUsesWith(b.create(state)->getResult(0));
      slices.erase(keyOf(value, part));
      part.erase();
    }
    // What it reads may be read in parts, too.
    if (!parts.empty() && op->use_empty()) op->erase();
  }

  /// The part of an operand, right behind the operand.
  Value sliceOf(Value operand, ir::SliceOp part) {
    auto type = typeOf(operand).clone(part.getType().getShape());
    b.setInsertionPointAfterValue(operand);
    if (mlir::SplatElementsAttr splat = ir::splatOf(operand))
      return ir::ConstantOp::create(b, operand.getLoc(), type, splat.resizeSplat(type));
    if (Value column = columnAt(operand, part)) return column;
    ir::SliceOp &slice = slices[keyOf(operand, part)];
    if (slice)
      slice->moveBefore(b.getInsertionBlock(), b.getInsertionPoint());
    else
      slice = ir::SliceOp::create(b, operand.getLoc(), type, operand, part.getStarts(), part.getLimits(),
                                  part.getStrides());
    return slice;
  }
};

struct SliceOperands : impl::SliceOperandsBase<SliceOperands> {
  void runOnOperation() override {
    getOperation().walk([](mlir::func::FuncOp function) { OperandSlicer(function).run(); });
  }
};

}  // namespace

}  // namespace etch::passes
