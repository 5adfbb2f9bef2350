// softmax(query . key^T) . value, as people write it, becomes the op that stores no scores.
#include <limits>
#include <optional>

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "passes/Passes.h"
#include "passes/autodiff/Builder.h"
#include "passes/lower/AttentionPays.h"
#include "passes/simplify/PositionMask.h"

namespace etch::passes {

#define GEN_PASS_DEF_RECOGNIZEATTENTION
#include "passes/Passes.h.inc"

namespace {

using autodiff::Axes;
using autodiff::Builder;
using autodiff::Term;
using autodiff::typeOf;
using mlir::Value;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Scores replaced by this or less have weight 0 beside any score that is not as absurd itself.
constexpr double kHidden = -1e9;

Axes firstAxes(int64_t count) { return llvm::to_vector(llvm::seq<int64_t>(count)); }

/// x of a `reduction` of x over its last axis, repeated along that axis; null for anything else.
template <typename Reduction>
Reduction repeatedReduction(Value value) {
  auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
  if (!broadcast) return {};
  int64_t rank = typeOf(value).getRank();
  Value rows = broadcast.getOperand();
  if (llvm::equal(broadcast.getDims(), firstAxes(rank))) {
    if (auto stop = rows.getDefiningOp<ir::StopGradientOp>()) rows = stop.getOperand();
    auto column = rows.getDefiningOp<ir::ReshapeOp>();
    if (!column || typeOf(rows).getDimSize(rank - 1) != 1) return {};
    rows = column.getOperand();
    if (typeOf(rows).getRank() != rank - 1 ||
        typeOf(rows).getShape() != typeOf(column.getResult()).getShape().drop_back())
      return {};
  } else if (!llvm::equal(broadcast.getDims(), firstAxes(rank - 1))) {
    return {};
  }
  if (auto stop = rows.getDefiningOp<ir::StopGradientOp>()) rows = stop.getOperand();
  auto reduction = rows.getDefiningOp<Reduction>();
  if (!reduction || reduction.getAxes() != llvm::ArrayRef<int64_t>{rank - 1}) return {};
  return reduction;
}

bool hasUsers(Value value, std::initializer_list<mlir::Operation *> users) {
  return llvm::all_of(value.getUsers(), [&](mlir::Operation *user) { return llvm::is_contained(users, user); });
}

/// x when `weights` is softmax(x) over the last axis and nothing else reads what is between.
Value softmaxOperand(Value weights) {
  auto quotient = weights.getDefiningOp<ir::DivOp>();
  if (!quotient || !weights.hasOneUse()) return {};
  auto exponential = quotient.getLhs().getDefiningOp<ir::ExpOp>();
  auto total = repeatedReduction<ir::ReduceSumOp>(quotient.getRhs());
  if (!exponential || !total || total.getOperand() != exponential.getResult() ||
      !hasUsers(exponential, {quotient, total}))
    return {};
  auto shifted = exponential.getOperand().getDefiningOp<ir::SubOp>();
  if (!shifted || !shifted->hasOneUse()) return {};
  auto top = repeatedReduction<ir::ReduceMaxOp>(shifted.getRhs());
  if (!top || top.getOperand() != shifted.getLhs() || !hasUsers(shifted.getLhs(), {shifted, top})) return {};
  return shifted.getLhs();
}

/// A product of two matrices for each of the batch axes: one free and one contracted axis on each side.
struct Matrices {
  Axes lhs, rhs;  ///< batch axes, free axis, contracted axis
};
std::optional<Matrices> matricesOf(ir::DotGeneralOp dot) {
  auto order = [](Value operand, llvm::ArrayRef<int64_t> batch, llvm::ArrayRef<int64_t> contract) {
    Axes axes(batch);
    for (int64_t axis = 0; axis < typeOf(operand).getRank(); ++axis)
      if (!llvm::is_contained(batch, axis) && !llvm::is_contained(contract, axis)) axes.push_back(axis);
    llvm::append_range(axes, contract);
    return axes;
  };
  Matrices matrices{order(dot.getLhs(), dot.getLhsBatch(), dot.getLhsContract()),
                    order(dot.getRhs(), dot.getRhsBatch(), dot.getRhsContract())};
  size_t rank = dot.getLhsBatch().size() + 2;
  if (dot.getLhsContract().size() != 1 || matrices.lhs.size() != rank || matrices.rhs.size() != rank) return {};
  return matrices;
}

/// What a row of operations between a product and its softmax does to scores.
class Scores {
 public:
  /// From the softmax's operand down to the product.
  bool match(Value scores) {
    top = scores;
    if (!takeMask(scores)) return false;
    while (takeScale(scores)) continue;
    dot = scores.getDefiningOp<ir::DotGeneralOp>();
    return dot && isOurs(scores);
  }

  ir::DotGeneralOp dot;
  bool causal = false;
  Value mask;  ///< or null: with the scores' extents, or broadcast to them

  /// The query with the factors of the scores.
  Value scale(Value query, Builder &b) const {
    Term scaled(b, query);
    for (auto [factor, divides] : llvm::reverse(factors)) {
      Term all(b, autodiff::expand(b, factor, query, {}));
      scaled = divides ? scaled / all : scaled * all;
    }
    return scaled;
  }

 private:
  Value top;                                          ///< the softmax's operand, whose users are known
  llvm::SmallVector<std::pair<Value, bool>> factors;  ///< scalars; does it divide?

  bool isOurs(Value value) const { return value == top || value.hasOneUse(); }

  static Value scalarOf(Value value) {
    auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
    return broadcast && typeOf(broadcast.getOperand()).getRank() == 0 ? broadcast.getOperand() : Value();
  }

  bool takeScale(Value &scores) {
    mlir::Operation *op = scores.getDefiningOp();
    if (!llvm::isa_and_nonnull<ir::MulOp, ir::DivOp>(op) || !isOurs(scores)) return false;
    Value factor = scalarOf(op->getOperand(1));
    int64_t other = 0;
    if (!factor && llvm::isa<ir::MulOp>(op)) factor = scalarOf(op->getOperand(other = 0)), other = 1;
    if (!factor) return false;
    factors.push_back({factor, llvm::isa<ir::DivOp>(op)});
    scores = op->getOperand(other);
    return true;
  }

  /// select(seen, scores, -inf), scores + mask; true with nothing taken where there is no mask.
  bool takeMask(Value &scores) {
    if (auto select = scores.getDefiningOp<ir::SelectOp>()) {
      std::optional<double> fill = autodiff::splatNumber(select.getOnFalse());
      if (!fill || *fill > kHidden) return false;
      causal = isCausalMask(select.getPred());
      // Where a query saw no key, finite numbers would not be -inf.
      if (!causal && *fill != -kInfinity) return false;
      if (!causal) mask = select.getPred();
      scores = select.getOnTrue();
      return true;
    }
    auto sum = scores.getDefiningOp<ir::AddOp>();
    if (!sum) return true;
    bool isLhs = derivesFromDot(sum.getLhs());
    if (isLhs == derivesFromDot(sum.getRhs())) return false;
    Value added = isLhs ? sum.getRhs() : sum.getLhs();
    causal = isCausalShift(added);
    if (!causal) mask = added;
    scores = isLhs ? sum.getLhs() : sum.getRhs();
    return true;
  }

  /// 0 where a causal mask is true, else what hides.
  static bool isCausalShift(Value added) {
    auto broadcast = added.getDefiningOp<ir::BroadcastInDimOp>();
    int64_t rank = typeOf(added).getRank();
    if (broadcast) {
      added = broadcast.getOperand();
      Axes last = {rank - 2, rank - 1};
      if (!llvm::equal(broadcast.getDims(), last)) return false;
    }
    auto select = added.getDefiningOp<ir::SelectOp>();
    if (!select || autodiff::splatNumber(select.getOnTrue()) != 0.0) return false;
    std::optional<double> fill = autodiff::splatNumber(select.getOnFalse());
    return fill && *fill <= kHidden && isCausalMask(select.getPred());
  }

  static bool derivesFromDot(Value value) {
    while (auto *op = value.getDefiningOp()) {
      if (llvm::isa<ir::DotGeneralOp>(op)) return true;
      if (!llvm::isa<ir::MulOp, ir::DivOp>(op)) return false;
      value = op->getOperand(llvm::isa<ir::MulOp>(op) && scalarOf(op->getOperand(0)) ? 1 : 0);
    }
    return false;
  }
};

/// The mask before it was repeated, with extent 1 where it was, but along the last axis.
Value unrepeated(Value mask, Builder &b) {
  auto broadcast = mask.getDefiningOp<ir::BroadcastInDimOp>();
  int64_t rank = typeOf(mask).getRank();
  if (!broadcast || !llvm::is_contained(broadcast.getDims(), rank - 1)) return mask;
  auto from = typeOf(broadcast.getOperand());
  if (!from.hasStaticShape() || from.getDimSize(from.getRank() - 1) != typeOf(mask).getDimSize(rank - 1)) return mask;
  Axes shape(rank, 1);
  for (auto [axis, extent] : llvm::zip(broadcast.getDims(), from.getShape())) shape[axis] = extent;
  return ir::ReshapeOp::create(b, from.clone(shape), broadcast.getOperand(), mlir::ValueRange(), shape);
}

/// Puts attention in the place of `dot` if its first operand is a softmax of scores.
void recognize(ir::DotGeneralOp dot) {
  std::optional<Matrices> average = matricesOf(dot);
  int64_t rank = typeOf(dot.getLhs()).getRank();
  mlir::Type element = dot.getType().getElementType();
  if (!average || !llvm::equal(average->lhs, firstAxes(rank)) || !(element.isF32() || element.isF64())) return;
  Value operand = softmaxOperand(dot.getLhs());
  Scores scores;
  if (!operand || !scores.match(operand)) return;
  std::optional<Matrices> product = matricesOf(scores.dot);
  if (!product) return;

  Builder b(dot.getLoc(), dot);
  auto arranged = [&](Value value, Axes axes) {
    return llvm::equal(axes, firstAxes(rank)) ? value : autodiff::transpose(b, value, axes);
  };
  std::swap(average->rhs[rank - 2], average->rhs[rank - 1]);
  Value query = arranged(scores.dot.getLhs(), product->lhs), key = arranged(scores.dot.getRhs(), product->rhs);
  Value value = arranged(dot.getRhs(), average->rhs);
  if (!attentionPays(query, key)) return;
  Value mask = scores.mask ? unrepeated(scores.mask, b) : Value();
  auto rows = mlir::RankedTensorType::get(dot.getType().getShape().drop_back(), element);
  auto attention = ir::DotProductAttentionOp::create(b, dot.getType(), rows, scores.scale(query, b), key, value, mask,
                                                     scores.causal);
  // A softmax of nothing but -inf is NaN, a query that sees no key gets 0.
  Term result(b, attention.getResult()), logsumexp(b, attention.getLogsumexp());
  Term isBlind(b, autodiff::expand(b, logsumexp == kInfinity, result, firstAxes(rank - 1)));
  dot.replaceAllUsesWith(Value(select(isBlind, std::numeric_limits<double>::quiet_NaN(), result)));
  dot.erase();
}

struct RecognizeAttention : impl::RecognizeAttentionBase<RecognizeAttention> {
  void runOnOperation() override {
    llvm::SmallVector<ir::DotGeneralOp> dots;
    getOperation().walk([&](ir::DotGeneralOp dot) { dots.push_back(dot); });
    for (ir::DotGeneralOp dot : dots) recognize(dot);
  }
};

}  // namespace
}  // namespace etch::passes
