// Running results. The adjoint of a recurrence is a recurrence from the other end, without divisions.
#include "passes/autodiff/Rules.h"

namespace etch::passes::autodiff {

using mlir::Value;

namespace {

/// Element i is element i - 1 of `value` (i + 1 when reverse); the first is `first`.
Term previous(Builder &b, Value value, int64_t axis, bool reverse, double first) {
  Axes none(typeOf(value).getRank(), 0), low = none, high = none;
  low[axis] = reverse ? -1 : 1;
  high[axis] = -low[axis];
  Value moved = pad(b, value, scalar(b, first, typeOf(value).getElementType()), low, high, none);
  return {b, reshapeLike(b, moved, value)};
}

Term linearScan(Builder &b, Value factors, Value terms, int64_t axis, bool reverse) {
  return {b, ir::LinearScanOp::create(b, terms.getType(), factors, terms, axis, reverse)};
}

/// The sums of what each element contributes to later ones: s[i] = terms[i] + factors[i + 1] * s[i + 1].
Term backwards(Builder &b, Value factors, Value terms, int64_t axis, bool reverse) {
  return linearScan(b, previous(b, factors, axis, !reverse, 0), terms, axis, !reverse);
}

//===-- cumprod ----------------------------------------------------------------------------------------------===//

Term productsBefore(ir::CumprodOp op, Builder &b) {
  return {b, ir::CumprodOp::create(b, op.getType(), op.getOperand(), op.getAxis(), /*exclusive=*/1, op.getReverse())};
}

void reverseCumprod(mlir::Operation *operation, llvm::ArrayRef<Value> g, Cotangents &cotangents, Builder &b) {
  auto op = llvm::cast<ir::CumprodOp>(operation);
  auto axis = static_cast<int64_t>(op.getAxis());
  bool reverse = op.getReverse();
  // An exclusive result is the inclusive one of the element before.
  Term into(b, g[0]);
  if (op.getExclusive()) into = previous(b, into, axis, !reverse, 0);
  cotangents.add(b, op.getOperand(), productsBefore(op, b) * backwards(b, op.getOperand(), into, axis, reverse));
}

Tangents forwardCumprod(mlir::Operation *operation, llvm::ArrayRef<Value> tangents, Builder &b) {
  auto op = llvm::cast<ir::CumprodOp>(operation);
  auto axis = static_cast<int64_t>(op.getAxis());
  Term result = linearScan(b, op.getOperand(), productsBefore(op, b) * Term(b, tangents[0]), axis, op.getReverse());
  return {op.getExclusive() ? previous(b, result, axis, op.getReverse(), 0) : result};
}

//===-- cummax and cummin: each result is one of the elements ------------------------------------------------===//

/// 1 where a new extremum begins, else 0.
template <typename Op>
Term beginsAt(Op op, Builder &b) {
  auto axis = static_cast<int64_t>(op.getAxis());
  Term result(b, op.getResult());
  // No number is beyond an infinity, so the first element is compared with NaN, which equals nothing.
  Term before = previous(b, result, axis, op.getReverse(), std::numeric_limits<double>::quiet_NaN());
  return select(result == before, 0, lift(1, result));
}

template <typename Op>
void addRunningExtremum(RuleTable &rules) {
  rules.add<Op>(
      [](mlir::Operation *operation, llvm::ArrayRef<Value> g, Cotangents &cotangents, Builder &b) {
        auto op = llvm::cast<Op>(operation);
        Term begins = beginsAt(op, b);
        Term sums = backwards(b, 1 - begins, g[0], op.getAxis(), op.getReverse());
        cotangents.add(b, op.getOperand(), begins * sums);
      },
      [](mlir::Operation *operation, llvm::ArrayRef<Value> tangents, Builder &b) -> Tangents {
        auto op = llvm::cast<Op>(operation);
        Term begins = beginsAt(op, b);
        return {linearScan(b, 1 - begins, begins * Term(b, tangents[0]), op.getAxis(), op.getReverse())};
      });
}

//===-- linear_scan ------------------------------------------------------------------------------------------===//

void reverseLinearScan(mlir::Operation *operation, llvm::ArrayRef<Value> g, Cotangents &cotangents, Builder &b) {
  auto op = llvm::cast<ir::LinearScanOp>(operation);
  auto axis = static_cast<int64_t>(op.getAxis());
  bool reverse = op.getReverse();
  Term sums = backwards(b, op.getFactors(), g[0], axis, reverse);
  cotangents.add(b, op.getTerms(), sums);
  if (cotangents.wanted(op.getFactors()))
    cotangents.add(b, op.getFactors(), sums * previous(b, op.getResult(), axis, reverse, 0));
}

Tangents forwardLinearScan(mlir::Operation *operation, llvm::ArrayRef<Value> tangents, Builder &b) {
  auto op = llvm::cast<ir::LinearScanOp>(operation);
  auto axis = static_cast<int64_t>(op.getAxis());
  Value terms = tangents[1];
  if (tangents[0]) {
    Term own = Term(b, tangents[0]) * previous(b, op.getResult(), axis, op.getReverse(), 0);
    terms = terms ? own + Term(b, terms) : own;
  }
  return {linearScan(b, op.getFactors(), terms, axis, op.getReverse())};
}

}  // namespace

void addScanRules(RuleTable &rules) {
  rules.addLinear<ir::CumsumOp>([](ir::CumsumOp op, Value g, Cotangents &cotangents, Builder &b) {
    Value sums = ir::CumsumOp::create(b, g.getType(), g, op.getAxis(), op.getExclusive(), 1 - op.getReverse());
    cotangents.add(b, op.getOperand(), sums);
  });
  rules.add<ir::CumprodOp>(reverseCumprod, forwardCumprod);
  addRunningExtremum<ir::CummaxOp>(rules);
  addRunningExtremum<ir::CumminOp>(rules);
  rules.add<ir::LinearScanOp>(reverseLinearScan, forwardLinearScan);
}

}  // namespace etch::passes::autodiff
