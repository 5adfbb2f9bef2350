#pragma once
// Formulas on tensors as on paper, `g * (1 - y * y)`, and the few ways in which derivative rules move elements.

#include <concepts>

#include "mlir/IR/ImplicitLocOpBuilder.h"

#include "ir/dialect/Constants.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::passes::autodiff {

using Builder = mlir::ImplicitLocOpBuilder;
using Axes = llvm::SmallVector<int64_t>;

using ir::splatNumber;
using ir::typeOf;

/// Only floating-point values have derivatives.
inline bool isFloat(mlir::Value value) { return llvm::isa<mlir::FloatType>(typeOf(value).getElementType()); }

//===-- Tensors ----------------------------------------------------------------------------------------------===//

/// `shape` with -1 for unknown extents, as the attributes of ops have it.
Axes shapeAttribute(mlir::RankedTensorType type);
mlir::Value scalar(Builder &b, double number, mlir::Type elementType);
/// Zeros of a type whose extents are known.
mlir::Value zeros(Builder &b, mlir::RankedTensorType type);
/// An i64 scalar.
mlir::Value integer(Builder &b, int64_t number);
/// Where an extent comes from: equal answers mean equal extents.
std::pair<mlir::Value, int64_t> extentSource(mlir::Value value, int64_t axis);
/// The extent of an axis as an i64 scalar; taken from as early a value as possible.
mlir::Value dim(Builder &b, mlir::Value value, int64_t axis);
/// The unknown extents of `value`, in order: what ops call `sizes`.
llvm::SmallVector<mlir::Value> sizes(Builder &b, mlir::Value value);

/// The number in every element of a tensor with the type and extents of `like`.
mlir::Value splat(Builder &b, double number, mlir::Value like);
inline mlir::Value zerosLike(Builder &b, mlir::Value like) { return splat(b, 0, like); }

/// Axis i of `value` becomes axis dims[i] of a tensor with the extents of `like`.
mlir::Value expand(Builder &b, mlir::Value value, mlir::Value like, llvm::ArrayRef<int64_t> dims);
/// The same elements with the extents of `like`.
mlir::Value reshapeLike(Builder &b, mlir::Value value, mlir::Value like);
/// The value under the type of `other`, which takes its place: as many axes of the same extents, of which `other` may
/// know others. Nothing asks `other` for its extents, so that it can go.
mlir::Value insteadOf(Builder &b, mlir::Value value, mlir::Value other);
/// Axis i of the result is axis permutation[i] of `value`.
mlir::Value transpose(Builder &b, mlir::Value value, llvm::ArrayRef<int64_t> permutation);
mlir::Value convert(Builder &b, mlir::Value value, mlir::Type elementType);
mlir::Value sum(Builder &b, mlir::Value value, llvm::ArrayRef<int64_t> axes);
mlir::Value product(Builder &b, mlir::Value value, llvm::ArrayRef<int64_t> axes);
/// Elements `from` to `to` - 1 along an axis.
mlir::Value sliceAxis(Builder &b, mlir::Value value, int64_t axis, int64_t from, int64_t to);
mlir::Value pad(Builder &b, mlir::Value value, mlir::Value with, llvm::ArrayRef<int64_t> low,
                llvm::ArrayRef<int64_t> high, llvm::ArrayRef<int64_t> interior);
mlir::Value concatenate(Builder &b, mlir::ValueRange values, int64_t axis);
mlir::Value take(Builder &b, mlir::Value value, mlir::Value indices, int64_t axis);
/// offset, offset + 1, ... : as many i64 as `like` has elements along the axis. `offset` is an i64 scalar.
mlir::Value range(Builder &b, mlir::Value offset, mlir::Value like, int64_t axis);

//===-- Terms ------------------------------------------------------------------------------------------------===//

/// A value in a formula. Operators emit ops where the builder stands; a number takes type and shape of its neighbour.
class Term {
 public:
  Term(Builder &b, mlir::Value value) : builder_(&b), value_(value) {}
  operator mlir::Value() const { return value_; }
  Builder &builder() const { return *builder_; }
  mlir::RankedTensorType type() const { return typeOf(value_); }

 private:
  Builder *builder_;
  mlir::Value value_;
};

template <typename T>
concept Factor = std::same_as<T, Term> || std::is_arithmetic_v<T>;
/// Two neighbours, one of which may be a number.
template <typename A, typename B>
concept Factors = Factor<A> && Factor<B> && (std::same_as<A, Term> || std::same_as<B, Term>);

inline Term lift(Term x, Term) { return x; }
inline Term lift(Term x, double) { return x; }
inline Term lift(double x, Term like) { return {like.builder(), splat(like.builder(), x, like)}; }

template <typename Op>
Term apply(Term x) {
  return {x.builder(), Op::create(x.builder(), x.type(), mlir::Value(x))};
}
template <typename Op>
Term apply(Term x, Term y) {
  return {x.builder(), Op::create(x.builder(), x.type(), mlir::Value(x), mlir::Value(y))};
}
template <typename Op>
Term test(Term x, Term y) {
  auto type = x.type().clone(x.builder().getI1Type());
  return {x.builder(), Op::create(x.builder(), type, mlir::Value(x), mlir::Value(y))};
}
/// 1 * y is y: seeds are often ones.
Term multiply(Term x, Term y);
Term choose(Term pred, Term x, Term y);

// clang-format off
template <typename A, typename B> requires Factors<A, B>
Term operator+(A x, B y) { return apply<ir::AddOp>(lift(x, y), lift(y, x)); }
template <typename A, typename B> requires Factors<A, B>
Term operator-(A x, B y) { return apply<ir::SubOp>(lift(x, y), lift(y, x)); }
template <typename A, typename B> requires Factors<A, B>
Term operator*(A x, B y) { return multiply(lift(x, y), lift(y, x)); }
template <typename A, typename B> requires Factors<A, B>
Term operator/(A x, B y) { return apply<ir::DivOp>(lift(x, y), lift(y, x)); }
template <typename A, typename B> requires Factors<A, B>
Term select(Term pred, A x, B y) { return choose(pred, lift(x, y), lift(y, x)); }
template <Factor B> Term operator==(Term x, B y) { return test<ir::EqualOp>(x, lift(y, x)); }
template <Factor B> Term operator<(Term x, B y) { return test<ir::LessOp>(x, lift(y, x)); }
template <Factor B> Term operator<=(Term x, B y) { return test<ir::LessEqualOp>(x, lift(y, x)); }
template <Factor B> Term operator>(Term x, B y) { return test<ir::GreaterOp>(x, lift(y, x)); }
template <Factor B> Term operator>=(Term x, B y) { return test<ir::GreaterEqualOp>(x, lift(y, x)); }
inline Term operator&&(Term x, Term y) { return apply<ir::LogicalAndOp>(x, y); }
inline Term operator||(Term x, Term y) { return apply<ir::LogicalOrOp>(x, y); }
inline Term operator-(Term x) { return apply<ir::NegOp>(x); }
// clang-format on
inline Term exp(Term x) { return apply<ir::ExpOp>(x); }
inline Term log(Term x) { return apply<ir::LogOp>(x); }
inline Term sin(Term x) { return apply<ir::SinOp>(x); }
inline Term cos(Term x) { return apply<ir::CosOp>(x); }
inline Term sinh(Term x) { return apply<ir::SinhOp>(x); }
inline Term cosh(Term x) { return apply<ir::CoshOp>(x); }
inline Term sqrt(Term x) { return apply<ir::SqrtOp>(x); }
inline Term digamma(Term x) { return apply<ir::DigammaOp>(x); }
inline Term trigamma(Term x) { return apply<ir::TrigammaOp>(x); }
inline Term sign(Term x) { return apply<ir::SignOp>(x); }
inline Term round(Term x) { return apply<ir::RoundOp>(x); }
inline Term square(Term x) { return apply<ir::SquareOp>(x); }
inline Term pow(Term x, Term y) { return apply<ir::PowOp>(x, y); }

}  // namespace etch::passes::autodiff
