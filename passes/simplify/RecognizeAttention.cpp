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
using ir::typeOf;
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

/// What a row of operations between a product and its softmax does to scores.
class Scores {
 public:
  /// From the softmax's operand down to the product.
  bool match(Value scores) {
    top = scores;
    while (takeMask(scores)) continue;
    while (takeScale(scores)) continue;
    isTransposed = takeTranspose(scores);
    dot = scores.getDefiningOp<ir::DotGeneralOp>();
    return dot && isOurs(scores);
  }

  ir::DotGeneralOp dot;
  bool isTransposed = false;  ///< is the query the right operand?
  bool causal = false;
  /// Does a query that sees nothing average all values? Else it gets NaN.
  bool averagesUnseen = false;

  /// The query with the factors of the scores.
  Value scale(Value query, Builder &b) const {
    Term scaled(b, query);
    for (auto [factor, divides] : llvm::reverse(factors)) {
      Term all(b, autodiff::expand(b, factor, query, {}));
      scaled = divides ? scaled / all : scaled * all;
    }
    return scaled;
  }

  /// The mask with the scores' axes, which may have extent 1 but for the last; null without one.
  Value maskOf(Builder &b) const {
    if (!mask) return {};
    Value small = unrepeated(mask, b);
    return isHidden ? Value(ir::LogicalNotOp::create(b, small.getType(), small)) : small;
  }

 private:
  Value top;                                          ///< the softmax's operand, whose users are known
  llvm::SmallVector<std::pair<Value, bool>> factors;  ///< scalars; does it divide?
  Value mask;                                         ///< or null: with the scores' extents, or broadcast to them
  bool isHidden = false;                              ///< is the mask true where a score is hidden?
  bool onlyCausal = false;                            ///< may there be no other mask?

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

  /// Keys first: query . key^T is (key . query^T)^T.
  bool takeTranspose(Value &scores) {
    auto transpose = scores.getDefiningOp<ir::TransposeOp>();
    if (!transpose || !isOurs(scores)) return false;
    Axes swapped = firstAxes(typeOf(scores).getRank());
    std::swap(swapped[swapped.size() - 2], swapped.back());
    if (!llvm::equal(transpose.getPermutation(), swapped)) return false;
    scores = transpose.getOperand();
    return true;
  }

  /// select(seen, scores, -inf), select(hidden, -inf, scores), scores + mask: one mask, and one that is causal.
  bool takeMask(Value &scores) {
    if (!isOurs(scores)) return false;
    if (auto select = scores.getDefiningOp<ir::SelectOp>()) return takeSelect(select, scores);
    auto sum = scores.getDefiningOp<ir::AddOp>();
    if (!sum) return false;
    const bool isLhs = derivesFromDot(sum.getLhs());
    if (isLhs == derivesFromDot(sum.getRhs())) return false;
    Value added = isLhs ? sum.getRhs() : sum.getLhs();
    if (!takeCausal(fillOfCausalShift(added))) {
      if (mask || onlyCausal) return false;
      mask = added;
    }
    scores = isLhs ? sum.getLhs() : sum.getRhs();
    return true;
  }

  bool takeSelect(ir::SelectOp select, Value &scores) {
    const bool hides = derivesFromDot(select.getOnFalse());
    std::optional<double> fill = ir::splatNumber(hides ? select.getOnTrue() : select.getOnFalse());
    if (!fill || *fill > kHidden) return false;
    if (!isCausalMask(select.getPred(), !hides) || !takeCausal(fill)) {
      if (mask || onlyCausal || (causal && *fill != -kInfinity)) return false;
      mask = select.getPred();
      isHidden = hides;
      averagesUnseen = *fill != -kInfinity;
    }
    scores = hides ? select.getOnFalse() : select.getOnTrue();
    return true;
  }

  /// A number hides as -inf does while a query sees some key, as it does where a mask is causal and there is no other.
  bool takeCausal(std::optional<double> fill) {
    if (!fill || causal || averagesUnseen || (mask && *fill != -kInfinity)) return false;
    onlyCausal = *fill != -kInfinity;
    return causal = true;
  }

  /// What hides where `added` is 0 at what a causal mask shows.
  static std::optional<double> fillOfCausalShift(Value added) {
    auto broadcast = added.getDefiningOp<ir::BroadcastInDimOp>();
    int64_t rank = typeOf(added).getRank();
    if (broadcast) {
      added = broadcast.getOperand();
      Axes last = {rank - 2, rank - 1};
      if (!llvm::equal(broadcast.getDims(), last)) return {};
    }
    auto select = added.getDefiningOp<ir::SelectOp>();
    if (!select) return {};
    const bool hides = ir::splatNumber(select.getOnFalse()) == 0.0;
    if (!hides && ir::splatNumber(select.getOnTrue()) != 0.0) return {};
    std::optional<double> fill = ir::splatNumber(hides ? select.getOnTrue() : select.getOnFalse());
    return fill && *fill <= kHidden && isCausalMask(select.getPred(), !hides) ? fill : std::nullopt;
  }

  /// Not far: what is shared is walked over again.
  static bool derivesFromDot(Value value, int64_t steps = 8) {
    mlir::Operation *op = value.getDefiningOp();
    if (!op || steps == 0) return false;
    if (llvm::isa<ir::DotGeneralOp>(op)) return true;
    auto operand = [&](unsigned number) { return derivesFromDot(op->getOperand(number), steps - 1); };
    if (llvm::isa<ir::AddOp>(op)) return operand(0) || operand(1);
    if (llvm::isa<ir::SelectOp>(op)) return operand(1) || operand(2);
    if (llvm::isa<ir::MulOp>(op)) return operand(scalarOf(op->getOperand(0)) ? 1 : 0);
    return llvm::isa<ir::DivOp, ir::TransposeOp>(op) && operand(0);
  }
};

/// For each of the leading axes the mean of the values, repeated for all queries.
Term averageOf(Value value, Value result, Builder &b) {
  const int64_t rank = typeOf(value).getRank();
  Term total(b, autodiff::sum(b, value, {rank - 2}));
  Axes axes = firstAxes(rank - 2);
  axes.push_back(rank - 1);
  return {b, autodiff::expand(b, total / static_cast<double>(typeOf(value).getDimSize(rank - 2)), result, axes)};
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
  if (scores.isTransposed) std::swap(query, key);
  Value value = arranged(dot.getRhs(), average->rhs);
  if (!attentionPays(query, key) || (scores.averagesUnseen && !typeOf(value).hasStaticShape())) return;
  auto rows = mlir::RankedTensorType::get(dot.getType().getShape().drop_back(), element);
  auto attention = ir::DotProductAttentionOp::create(b, dot.getType(), rows, scores.scale(query, b), key, value,
                                                     scores.maskOf(b), scores.causal);
  // Of a query that sees no key: a softmax of nothing but -inf is NaN, and one of equal numbers weighs all keys alike.
  Term result(b, attention.getResult()), logsumexp(b, attention.getLogsumexp());
  Term isBlind(b, autodiff::expand(b, logsumexp == kInfinity, result, firstAxes(rank - 1)));
  Term blind = scores.averagesUnseen ? averageOf(value, result, b)
                                     : autodiff::lift(std::numeric_limits<double>::quiet_NaN(), result);
  dot.replaceAllUsesWith(Value(select(isBlind, blind, result)));
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
