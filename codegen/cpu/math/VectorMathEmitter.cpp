//===- VectorMathEmitter.cpp ----------------------------------------------===//

#include "codegen/cpu/math/VectorMathEmitter.h"

#include "codegen/cpu/math/WideVectors.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

#include <limits>

using namespace mlir;

namespace etch::codegen::vmath {

static Format formatOf(Type element) {
  if (element.isF64())
    return {64,
            52,
            1023,
            std::numeric_limits<double>::min(),
            std::numeric_limits<double>::max(),
            0x1.8p52,
            0x3FF0000000000000,
            0x4338000000000000};
  assert(element.isF32() && "math is emitted in f32 or f64");
  return {32,       23,         127,       std::numeric_limits<float>::min(), std::numeric_limits<float>::max(),
          0x1.8p23, 0x3F800000, 0x4B400000};
}

Type shapedAs(Type like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like)) return VectorType::get(vector.getShape(), element);
  return element;
}

Emitter::Emitter(OpBuilder &b, Location loc, Type type)
    : b(b), loc(loc), numType(type), format(formatOf(getElementTypeOrSelf(type))) {
  bitsType = shapedAs(type, b.getIntegerType(format.width));
}

static Value splat(OpBuilder &b, Location loc, Type type, TypedAttr element) {
  TypedAttr attr = element;
  if (auto vector = dyn_cast<VectorType>(type)) attr = DenseElementsAttr::get(vector, Attribute(element));
  return arith::ConstantOp::create(b, loc, type, attr);
}

Num Emitter::num(double c) { return {splat(b, loc, numType, b.getFloatAttr(getElementTypeOrSelf(numType), c)), this}; }

Bits Emitter::bits(int64_t c) {
  return {splat(b, loc, bitsType, b.getIntegerAttr(getElementTypeOrSelf(bitsType), c)), this};
}

template <typename Op, typename Lanes> static Lanes binary(Lanes x, Lanes y) {
  return {Op::create(x.e->b, x.e->loc, x.value, y.value), x.e};
}
template <typename Op> static Num unary(Num x) { return {Op::create(x.e->b, x.e->loc, x.value), x.e}; }

Num operator+(Num x, Num y) { return binary<arith::AddFOp>(x, y); }
Num operator-(Num x, Num y) { return binary<arith::SubFOp>(x, y); }
Num operator*(Num x, Num y) { return binary<arith::MulFOp>(x, y); }
Num operator/(Num x, Num y) { return binary<arith::DivFOp>(x, y); }

Num fma(Num x, Num y, Num z) { return {math::FmaOp::create(x.e->b, x.e->loc, x.value, y.value, z.value), x.e}; }
Num negate(Num x) { return unary<arith::NegFOp>(x); }
Num abs(Num x) { return unary<math::AbsFOp>(x); }
Num sqrt(Num x) { return unary<math::SqrtOp>(x); }
Num roundEven(Num x) { return unary<math::RoundEvenOp>(x); }
Num copySign(Num magnitude, Num sign) { return binary<math::CopySignOp>(magnitude, sign); }

static Mask compare(arith::CmpFPredicate predicate, Num x, Num y) {
  return {arith::CmpFOp::create(x.e->b, x.e->loc, predicate, x.value, y.value), x.e};
}
Mask operator<(Num x, Num y) { return compare(arith::CmpFPredicate::OLT, x, y); }
Mask operator==(Num x, Num y) { return compare(arith::CmpFPredicate::OEQ, x, y); }
Mask operator!=(Num x, Num y) { return compare(arith::CmpFPredicate::UNE, x, y); }

Mask operator&(Mask x, Mask y) { return binary<arith::AndIOp>(x, y); }
Mask operator|(Mask x, Mask y) { return binary<arith::OrIOp>(x, y); }
Mask operator!(Mask x) {
  OpBuilder &b = x.e->b;
  Value ones = splat(b, x.e->loc, x.value.getType(), b.getBoolAttr(true));
  return {arith::XOrIOp::create(b, x.e->loc, x.value, ones), x.e};
}

Num select(Mask m, Num yes, Num no) {
  return {arith::SelectOp::create(m.e->b, m.e->loc, m.value, yes.value, no.value), m.e};
}
Num atMost(Num x, double bound) { return select(x > bound, bound, x); }
Num atLeast(Num x, double bound) { return select(x < bound, bound, x); }

Bits bitsOf(Num x) { return {arith::BitcastOp::create(x.e->b, x.e->loc, x.e->bitsType, x.value), x.e}; }
Num numOf(Bits x) { return {arith::BitcastOp::create(x.e->b, x.e->loc, x.e->numType, x.value), x.e}; }

Bits operator+(Bits x, Bits y) { return binary<arith::AddIOp>(x, y); }
Bits operator-(Bits x, Bits y) { return binary<arith::SubIOp>(x, y); }
Bits operator&(Bits x, Bits y) { return binary<arith::AndIOp>(x, y); }
Bits operator|(Bits x, Bits y) { return binary<arith::OrIOp>(x, y); }
Bits operator^(Bits x, Bits y) { return binary<arith::XOrIOp>(x, y); }
Bits operator<<(Bits x, unsigned by) { return binary<arith::ShLIOp>(x, x.e->bits(by)); }
Bits operator>>(Bits x, unsigned by) { return binary<arith::ShRUIOp>(x, x.e->bits(by)); }

static Mask compare(arith::CmpIPredicate predicate, Bits x, int64_t c) {
  return {arith::CmpIOp::create(x.e->b, x.e->loc, predicate, x.value, x.e->bits(c).value), x.e};
}
Mask isNegative(Bits x) { return compare(arith::CmpIPredicate::slt, x, 0); }
Mask isNonZero(Bits x) { return compare(arith::CmpIPredicate::ne, x, 0); }

/// Lanes of a comparison that decides about a branch: of more, the largest are compared, since an unsigned maximum
/// costs less than a comparison.
static constexpr int64_t kComparedLanes = 16;

static Value isAnyAtLeast(Bits x, int64_t limit) {
  OpBuilder &b = x.e->b;
  Value largest = x.value;
  auto type = dyn_cast<VectorType>(largest.getType());
  if (!type) return compare(arith::CmpIPredicate::uge, x, limit).value;
  for (int64_t lanes = type.getNumElements(); lanes > kComparedLanes && lanes % 2 == 0; lanes /= 2) {
    auto half = [&](int64_t first) -> Value {
      return vector::ShuffleOp::create(b, x.e->loc, largest, largest,
                                       llvm::to_vector(llvm::seq(first, first + lanes / 2)));
    };
    Value low = half(0), high = half(lanes / 2);
    largest = arith::MaxUIOp::create(b, x.e->loc, low, high);
  }
  Emitter few(b, x.e->loc, shapedAs(largest.getType(), getElementTypeOrSelf(x.e->getType())));
  Mask mask = compare(arith::CmpIPredicate::uge, Bits{largest, &few}, limit);
  return vector::ReductionOp::create(b, x.e->loc, vector::CombiningKind::OR, mask.value);
}

Num whereAtLeast(Bits x, int64_t limit, Num common, llvm::function_ref<Num()> rare) {
  Emitter &e = *x.e;
  auto branch = scf::IfOp::create(e.b, e.loc, TypeRange{e.getType()}, isAnyAtLeast(x, limit), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(e.b);
  e.b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(e.b, e.loc, select(compare(arith::CmpIPredicate::uge, x, limit), rare(), common).value);
  e.b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(e.b, e.loc, common.value);
  return e.wrap(branch.getResult(0));
}

Num lookUp(llvm::ArrayRef<float> entries, Bits index) {
  Emitter &e = *index.e;
  if (Value found = emitLookup(e.b, e.loc, entries, index.value)) return e.wrap(found);
  llvm::SmallVector<Num> left;
  for (float entry : entries) left.push_back(e.num(entry));
  for (int64_t bit = 1; left.size() > 1; bit *= 2) {
    Mask odd = isNonZero(index & bit);
    for (size_t i = 0; 2 * i < left.size(); ++i) left[i] = select(odd, left[2 * i + 1], left[2 * i]);
    left.resize(left.size() / 2);
  }
  return left.front();
}

Num convert(Num x, Emitter &to) {
  OpBuilder &b = x.e->b;
  if (x.e->fmt().width < to.fmt().width) return to.wrap(arith::ExtFOp::create(b, x.e->loc, to.getType(), x.value));
  if (x.e->fmt().width > to.fmt().width) return to.wrap(arith::TruncFOp::create(b, x.e->loc, to.getType(), x.value));
  return to.wrap(x.value);
}

Bits convert(Bits x, Emitter &to) {
  OpBuilder &b = x.e->b;
  Type type = shapedAs(x.value.getType(), b.getIntegerType(to.fmt().width));
  if (x.e->fmt().width < to.fmt().width) return {arith::ExtUIOp::create(b, x.e->loc, type, x.value), &to};
  if (x.e->fmt().width > to.fmt().width) return {arith::TruncIOp::create(b, x.e->loc, type, x.value), &to};
  return {x.value, &to};
}

Num poly(Num x, llvm::ArrayRef<double> coefs) {
  Num sum = x.e->num(coefs.back());
  for (double c : llvm::reverse(coefs.drop_back())) sum = fma(sum, x, c);
  return sum;
}

}  // namespace etch::codegen::vmath
