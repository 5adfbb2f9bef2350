// What each op is to kernel formation.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"

#include "ir/dialect/Constants.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/fusion/FewResults.h"
#include "passes/fusion/Grouping.h"

namespace etch::passes {

using ir::OpCode;

Role roleOf(mlir::Operation *op) {
  std::optional<OpCode> code = ir::opCodeOf(op);
  if (!code) return Role::Barrier;
  if (op->hasAttr(kExtent)) return Role::Lazy;
  switch (ir::family_of(*code)) {
    case ir::Family::Elementwise: return Role::Loop;
    case ir::Family::Reduction: return Role::Reduce;
    case ir::Family::Scan: return Role::Scan;
    case ir::Family::Linear: return Role::Dot;
    case ir::Family::Attention: return Role::Attention;
    case ir::Family::Window: return Role::Window;
    case ir::Family::Shape: return *code == OpCode::reshape && !op->hasAttr(kFollowed) ? Role::View : Role::Lazy;
    // Random numbers are dear enough to be made once.
    case ir::Family::Random: return Role::Loop;
    case ir::Family::Indexing:
      return *code == OpCode::scatter_add || *code == OpCode::dynamic_update_slice ? Role::Update : Role::Lazy;
    case ir::Family::Create:
      // Tables of numbers stay in the schedule as read-only data; splats are immediates of the kernels.
      if (auto constant = llvm::dyn_cast<ir::ConstantOp>(op); constant && !op->hasAttr(kUnwritten))
        return llvm::isa<mlir::SplatElementsAttr>(constant.getValue()) ? Role::Lazy : Role::View;
      return op->hasAttr(kUnwritten) ? Role::View : Role::Lazy;
    default: return Role::Barrier;
  }
}

namespace {

/// Rows that are repeated along the indices, as the gradient of a mean or a sum of taken rows has them.
bool areRepeatedRows(ir::ScatterAddOp scatter) {
  auto broadcast = scatter.getUpdates().getDefiningOp<ir::BroadcastInDimOp>();
  auto isStatic = [](mlir::Value value) { return llvm::cast<mlir::ShapedType>(value.getType()).hasStaticShape(); };
  return broadcast && llvm::all_of(scatter->getOperands(), isStatic) && isStatic(broadcast.getOperand()) &&
         scatter.getType().getRank() - static_cast<int64_t>(scatter.getAxis()) <= 2;
}

}  // namespace

bool readsByIndex(mlir::OpOperand &operand) {
  mlir::Operation *op = operand.getOwner();
  Role role = roleOf(op);
  if (role == Role::Loop || role == Role::Reduce || role == Role::Lazy) return true;
  if (auto convolution = llvm::dyn_cast<ir::ConvolutionOp>(op)) {
    // Its kernel turns filters that are in memory while it copies them.
    mlir::Value turned = operand.get() == convolution.getRhs() ? turnedFilters(convolution) : mlir::Value();
    if (!turned || !hasFewResults(convolution)) return false;
    return !turned.getDefiningOp() || roleOf(turned.getDefiningOp()) != Role::Lazy;
  }
  auto scatter = llvm::dyn_cast<ir::ScatterAddOp>(op);
  if (!scatter) return false;
  if (&operand == &scatter.getOperandMutable()) return ir::isZero(operand.get());
  return &operand == &scatter.getUpdatesMutable() && (areRepeatedRows(scatter) || areUpdatesInRows(scatter));
}

bool storesOnce(mlir::Operation *window) {
  if (llvm::isa<ir::ReduceWindowSumOp, ir::ReduceWindowMaxOp>(window)) return true;
  auto convolution = llvm::dyn_cast<ir::ConvolutionOp>(window);
  if (!convolution) return false;
  // The derivative by the filters, channels last, adds chunk after chunk to what it has stored.
  int64_t rank = llvm::cast<mlir::RankedTensorType>(convolution.getLhs().getType()).getRank();
  return convolution.getLhsAxes()[1] == rank - 1 && convolution.getResultAxes()[1] == rank - 1;
}

bool computesRowsBehind(mlir::Operation *window, mlir::Type type) {
  // Few outputs have a kernel with vectors of pixels, and its tiles.
  constexpr int64_t kManyOutputs = 16;
  auto convolution = llvm::dyn_cast<ir::ConvolutionOp>(window);
  if (!convolution || !storesOnce(window) || type != convolution.getType() || !convolution.getType().hasStaticShape())
    return false;
  const int64_t outputs = convolution.getType().getDimSize(convolution.getResultAxes()[1]);
  return outputs / static_cast<int64_t>(convolution.getFeatureGroups()) >= kManyOutputs;
}

bool isReplaced(mlir::Value value) {
  auto argument = llvm::dyn_cast<mlir::BlockArgument>(value);
  if (!argument) return false;
  auto function = llvm::dyn_cast<mlir::func::FuncOp>(argument.getOwner()->getParentOp());
  if (!function) return true;
  for (unsigned r = 0; r < function.getNumResults(); ++r)
    if (ir::updatedArgument(function, r) == argument.getArgNumber()) return true;
  return false;
}

int64_t weightOf(mlir::Operation *op) {
  switch (*ir::opCodeOf(op)) {
    case OpCode::exp:
    case OpCode::exp2:
    case OpCode::expm1:
    case OpCode::log:
    case OpCode::log2:
    case OpCode::log10:
    case OpCode::log1p:
    case OpCode::sinh:
    case OpCode::cosh:
    case OpCode::tanh:
    case OpCode::asin:
    case OpCode::acos:
    case OpCode::atan:
    case OpCode::cbrt:
    case OpCode::sigmoid:
    case OpCode::erf:
    case OpCode::random_bits:
    case OpCode::random_uniform: return 25;
    case OpCode::sin:
    case OpCode::cos:
    case OpCode::tan:
    case OpCode::asinh:
    case OpCode::acosh:
    case OpCode::atanh:
    case OpCode::erfc:
    case OpCode::erf_inv:
    case OpCode::pow:
    case OpCode::atan2: return 60;
    case OpCode::lgamma:
    case OpCode::digamma:
    case OpCode::trigamma: return 150;
    default: return 1;
  }
}

llvm::StringRef sentenceOf(Apart reason) {
  switch (reason) {
#define ETCH_APART(name, sentence) \
  case Apart::name: return sentence;
#include "passes/fusion/Reasons.def"
  }
  llvm_unreachable("unknown reason");
}

namespace {

/// Numbers in a row of which there are few: passed over by one thread, it should stay in the L2 cache.
constexpr int64_t kFewRows = 8;
constexpr int64_t kModestRow = 1 << 16;

}  // namespace

bool Group::foldsVectors() const {
  auto rank = static_cast<int64_t>(domain.size()), lane = rank - 1;
  while (lane > 0 && domain[lane] == 1) --lane;
  if (domain[lane] == 1) lane = rank - 1;
  return llvm::is_contained(axes, lane);
}

bool Group::hasManyRows() const {
  int64_t rows = 1, row = 1;  // -1: unknown
  for (int64_t axis = 0; axis < static_cast<int64_t>(domain.size()); ++axis) {
    int64_t &count = llvm::is_contained(axes, axis) ? row : rows;
    count = count < 0 || mlir::ShapedType::isDynamic(domain[axis]) ? -1 : count * domain[axis];
  }
  // Unknown extents are thought of as many rows of modest length.
  if (rows < 0 || rows >= kFewRows) return true;
  return row >= 0 && row <= kModestRow;
}

}  // namespace etch::passes
