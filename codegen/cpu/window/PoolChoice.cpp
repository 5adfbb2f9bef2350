#include "codegen/cpu/window/PoolChoice.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/BFloat16.h"
#include "codegen/cpu/window/PoolFold.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// The number of no position.
constexpr int64_t kNothing = -1;

}  // namespace

PoolChoice::PoolChoice(KernelFrame &f, mlir::Operation *op, int64_t lanes)
    : f(f),
      op(op),
      lanes(lanes),
      isScatter(llvm::isa<ir::SelectAndScatterAddOp>(op)),
      dtype(ir::toDType(mlir::getElementTypeOrSelf(op->getOperand(0).getType()))) {}

Values PoolChoice::none() const {
  Values choice{PoolFold(f, op).start(lanes), number(kNothing)};
  if (!isScatter) choice.push_back(zero());
  return choice;
}

Value PoolChoice::number(int64_t position) const {
  return splatConstant(f.b, f.at, typeOf(f.b.getI32Type()), position);
}

Value PoolChoice::number(Value first, int64_t position) const {
  if (position != 0) {
    Value behind = splatConstant(f.b, f.at, first.getType(), position);
    first = arith::AddIOp::create(f.b, f.at, first, behind);
  }
  if (lanes == 0) return first;
  return mlir::vector::BroadcastOp::create(f.b, f.at, typeOf(first.getType()), first);
}

Value PoolChoice::zero() const {
  return splatConstant(f.b, f.at, typeOf(registerType(dtype, f.b.getContext())), int64_t{0});
}

Values PoolChoice::with(mlir::ValueRange choice, Value element, Value number, Value other, Value met,
                        bool isFound) const {
  Value best = choice[0], better;
  if (is_floating(dtype)) {
    // Larger or NaN, unless the best one is NaN itself.
    better = arith::CmpFOp::create(f.b, f.at, arith::CmpFPredicate::UGT, element, best);
    Value isNumber = arith::CmpFOp::create(f.b, f.at, arith::CmpFPredicate::ORD, best, best);
    better = arith::AndIOp::create(f.b, f.at, better, isNumber);
  } else {
    auto predicate = dtype == DType::u8 ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt;
    better = arith::CmpIOp::create(f.b, f.at, predicate, element, best);
  }
  if (!isFound) {
    Value none = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, choice[1], this->number(kNothing));
    better = arith::OrIOp::create(f.b, f.at, better, none);
  }
  if (met) better = arith::AndIOp::create(f.b, f.at, better, met);
  Values next;
  for (auto [mine, before] : llvm::zip(std::array{element, number, other}, choice))
    next.push_back(arith::SelectOp::create(f.b, f.at, better, mine, before));
  return next;
}

Value PoolChoice::given(Value sum, Value chosen, Value number, Value given) const {
  Value here = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, chosen, number), added;
  if (is_floating(dtype)) {
    added = arith::AddFOp::create(f.b, f.at, sum, given);
    if (dtype == DType::bf16) added = roundToBFloat16(f.b, f.at, added);
  } else {
    added = arith::AddIOp::create(f.b, f.at, sum, given);
  }
  return arith::SelectOp::create(f.b, f.at, here, added, sum);
}

}  // namespace etch::codegen
