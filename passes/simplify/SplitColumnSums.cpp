// Sums over outer axes, with what is the same along these axes taken out: fewer of them wait for others.
//
// The variance of columns is a sum that reads their mean, and the derivative of what they normalise sums that read the
// variance. Each pass over the rows comes from memory where they are many (docs/decisions/0071-sums-of-columns.md).

#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"

#include "ir/dialect/EraseDead.h"
#include "passes/Passes.h"
#include "passes/autodiff/Builder.h"

namespace etch::passes {

#define GEN_PASS_DEF_SPLITCOLUMNSUMS
#include "passes/Passes.h.inc"

namespace {

using autodiff::Builder;
using autodiff::Term;
using ir::typeOf;
using mlir::Value;

/// Elements from which on a tensor does not stay in the L2 cache between two passes.
constexpr int64_t kManyElements = 1 << 18;
/// A mean is known beforehand, roughly, from this part of the rows. The variance is not the difference of numbers more
/// than so many times as large: it is at least the squared error of that mean, over this.
constexpr int64_t kPartOfRows = 32;
/// Products of sums that would be more terms stay as they are.
constexpr size_t kMostTerms = 4;
/// Ops behind each other that are computed again for the first rows.
constexpr int kMostAgain = 8;

/// coefficient * value: one number a column, and a tensor of full size. Null stands for 1.
struct Summand {
  Value coefficient, value;
};
using Summands = llvm::SmallVector<Summand, 4>;

bool takesOut(const Summands &summands) {
  return llvm::any_of(summands, [](const Summand &s) { return static_cast<bool>(s.coefficient); });
}

/// Whether numbers of columns are known only when another sum is. Those that are parameters, or constants, are no
/// reason to sum more tensors: they may stand behind a product and cost nothing there.
bool waitsForSum(Value columns, int depth = 8) {
  mlir::Operation *made = columns ? columns.getDefiningOp() : nullptr;
  if (!made || depth == 0) return false;
  return llvm::isa<ir::ReduceSumOp>(made) ||
         llvm::any_of(made->getOperands(), [&](Value operand) { return waitsForSum(operand, depth - 1); });
}

class ColumnSum {
 public:
  ColumnSum(ir::ReduceSumOp sum) : sum(sum), type(typeOf(sum.getOperand())), b(sum.getLoc(), sum) {
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      if (!llvm::is_contained(sum.getAxes(), axis)) kept.push_back(axis);
  }

  bool isWorthIt() {
    if (!type.hasStaticShape() || type.getNumElements() < kManyElements || kept.empty() || sum.getAxes().empty())
      return false;
    if (!type.getElementType().isF32() && !type.getElementType().isF64()) return false;
    int64_t lane = type.getRank() - 1;
    while (lane > 0 && type.getDimSize(lane) == 1) --lane;
    return llvm::is_contained(kept, lane);
  }

  /// The same sum, or null where nothing can be taken out.
  Value split() {
    Value operand = sum.getOperand();
    Summands summands = summandsOf(operand);
    const bool isFactor = summands.size() == 1 && summands[0].value && summands[0].coefficient &&
                          !ir::splatNumber(summands[0].coefficient);
    if (!isFactor && llvm::none_of(summands, [](const Summand &s) { return waitsForSum(s.coefficient); })) return {};
    std::optional<Term> total;
    for (const Summand &s : summands) {
      Term part = s.value ? Term(b, autodiff::sum(b, s.value, sum.getAxes())) : numbers(static_cast<double>(rows()));
      if (s.coefficient) part = Term(b, s.coefficient) * part;
      total = total ? *total + part : part;
    }
    // Rounding must not make a sum of squares negative.
    return squaredIn(operand) ? autodiff::apply<ir::MaximumOp>(*total, numbers(0)) : *total;
  }

 private:
  ir::ReduceSumOp sum;
  mlir::RankedTensorType type;
  Builder b;
  llvm::SmallVector<int64_t> kept;

  int64_t rows() { return type.getNumElements() / sum.getType().getNumElements(); }
  Term numbers(double number) { return {b, autodiff::splat(b, number, sum)}; }

  /// c when `value` is c repeated along the axes that are summed.
  Value repeatedColumns(Value value) {
    auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
    if (!broadcast || !llvm::equal(broadcast.getDims(), kept) || broadcast.getOperand().getType() != sum.getType())
      return {};
    return broadcast.getOperand();
  }

  /// y when value is y^2.
  Value squaredIn(Value value) const {
    if (auto square = value.getDefiningOp<ir::SquareOp>()) return square.getOperand();
    auto product = value.getDefiningOp<ir::MulOp>();
    return product && product.getLhs() == product.getRhs() ? product.getLhs() : Value();
  }

  /// The sum behind `mean` if that is the mean of x over the axes that are summed.
  ir::ReduceSumOp sumOfMean(Value mean, Value x) {
    auto divide = mean.getDefiningOp<ir::DivOp>();
    if (!divide) return {};
    auto total = divide.getLhs().getDefiningOp<ir::ReduceSumOp>();
    std::optional<double> count = ir::splatNumber(divide.getRhs());
    const bool isMean = total && total.getOperand() == x && total.getAxes() == sum.getAxes() && count &&
                        *count == static_cast<double>(rows());
    return isMean ? total : ir::ReduceSumOp();
  }

  /// The terms of `value`; the value alone where no term would have a coefficient.
  Summands summandsOf(Value value) {
    const Summands alone = {{Value(), value}};
    if (Value column = repeatedColumns(value)) return {{column, Value()}};
    if (std::optional<double> number = ir::splatNumber(value)) return {{numbers(*number), Value()}};
    mlir::Operation *op = value.getDefiningOp();
    if (!op) return alone;
    Summands result;
    if (Value root = squaredIn(value)) {
      Summands factors = summandsOf(root);
      result = product(factors, factors);
    } else if (auto negated = llvm::dyn_cast<ir::NegOp>(op)) {
      result = scaled(summandsOf(negated.getOperand()), -1);
    } else if (auto add = llvm::dyn_cast<ir::AddOp>(op)) {
      result = summandsOf(add.getLhs());
      result.append(summandsOf(add.getRhs()));
    } else if (auto mul = llvm::dyn_cast<ir::MulOp>(op)) {
      result = product(summandsOf(mul.getLhs()), summandsOf(mul.getRhs()));
    } else if (auto sub = llvm::dyn_cast<ir::SubOp>(op)) {
      Value column = repeatedColumns(sub.getRhs());
      if (ir::ReduceSumOp total = column ? sumOfMean(column, sub.getLhs()) : ir::ReduceSumOp())
        return centred(column, total);
      Summands left = summandsOf(sub.getLhs()), right = summandsOf(sub.getRhs());
      if (takesOut(left) || takesOut(right)) {
        result = left;
        result.append(scaled(right, -1));
      }
    }
    return takesOut(result) && result.size() <= kMostTerms ? result : alone;
  }

  Summands scaled(Summands summands, double factor) {
    for (Summand &s : summands) s.coefficient = s.coefficient ? Term(b, s.coefficient) * factor : numbers(factor);
    return summands;
  }

  Summands product(const Summands &x, const Summands &y) {
    auto times = [&](Value p, Value q) { return p && q ? Value(Term(b, p) * Term(b, q)) : p ? p : q; };
    Summands result;
    for (const Summand &p : x)
      for (const Summand &q : y) result.push_back({times(p.coefficient, q.coefficient), times(p.value, q.value)});
    return result;
  }

  /// x - mean = (x - guess) + (guess - mean), where the guess is the mean of the first rows: sums of the first need not
  /// wait for the mean, and are of numbers about as small. They are begun with the mean's, in one kernel.
  Summands centred(Value mean, ir::ReduceSumOp total) {
    Builder early(sum.getLoc(), total);
    Term x(early, total.getOperand()), guess(early, meanOfFirstRows(early, x));
    Value difference = x - Term(early, autodiff::expand(early, guess, x, kept));
    return {{Value(), difference}, {Term(b, guess) - Term(b, mean), Value()}};
  }

  Value meanOfFirstRows(Builder &at, Value x) {
    llvm::ArrayRef<int64_t> axes = sum.getAxes();
    const auto *axis = llvm::find_if(axes, [&](int64_t each) { return type.getDimSize(each) > 1; });
    if (axis == axes.end()) return autodiff::sum(at, x, axes);
    const int64_t extent = type.getDimSize(*axis), part = std::max<int64_t>(1, extent / kPartOfRows);
    Value first = firstRows(at, x, *axis, part);
    Term total(at, autodiff::sum(at, first ? first : autodiff::sliceAxis(at, x, *axis, 0, part), axes));
    return total / static_cast<double>(rows() / extent * part);
  }

  /// What is computed element by element from arguments, computed for the first rows: its slice would have to wait for
  /// all of it, which is stored then. Null for anything else, which is stored anyway.
  Value firstRows(Builder &at, Value value, int64_t axis, int64_t part, int depth = kMostAgain) {
    mlir::RankedTensorType all = typeOf(value);
    if (all.getShape() != type.getShape() || depth == 0) return {};
    llvm::SmallVector<int64_t> shape(all.getShape());
    shape[axis] = part;
    if (llvm::isa<mlir::BlockArgument>(value)) return autodiff::sliceAxis(at, value, axis, 0, part);
    mlir::Operation *op = value.getDefiningOp();
    if (mlir::SplatElementsAttr splat = ir::splatOf(value))
      return ir::ConstantOp::create(at, all.clone(shape), splat.resizeSplat(all.clone(shape)));
    if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op);
        broadcast && !llvm::is_contained(broadcast.getDims(), axis))
      return ir::BroadcastInDimOp::create(at, all.clone(shape), broadcast.getOperand(), mlir::ValueRange(), shape,
                                          broadcast.getDims());
    if (!op->hasTrait<ir::ElementwiseOp>() || op->getNumResults() != 1) return {};
    llvm::SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      operands.push_back(firstRows(at, operand, axis, part, depth - 1));
      if (!operands.back()) return {};
    }
    return at.create(mlir::OperationState(at.getLoc(), op->getName(), operands, all.clone(shape), op->getAttrs()))
        ->getResult(0);
  }
};

struct SplitColumnSums : impl::SplitColumnSumsBase<SplitColumnSums> {
  void runOnOperation() override {
    llvm::SmallVector<ir::ReduceSumOp> sums;
    getOperation().walk([&](ir::ReduceSumOp sum) { sums.push_back(sum); });
    bool changed = false;
    for (ir::ReduceSumOp sum : sums) {
      ColumnSum columns(sum);
      Value parts = columns.isWorthIt() ? columns.split() : Value();
      if (!parts) continue;
      sum.replaceAllUsesWith(parts);
      changed = true;
    }
    if (changed) {
      mlir::IRRewriter rewriter(&getContext());
      mlir::DominanceInfo dominance;
      mlir::eliminateCommonSubExpressions(rewriter, dominance, getOperation());
    }
    ir::eraseDead(getOperation());  // with the terms of sums that stay as they are
  }
};

}  // namespace
}  // namespace etch::passes
