//===- VectorMathEmitter.h - Formulas as C++ expressions --------*- C++ -*-===//
//
// Lets the math functions be written as formulas: `x * x + 1.0` emits arith ops with
// splat constants of x's own type. Internal to codegen/cpu/math/VectorMath*.cpp.
//
//===----------------------------------------------------------------------===//

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "mlir/IR/Builders.h"

namespace etch::codegen::vmath {

class Emitter;

/// Floating-point lanes (or one scalar).
struct Num {
  mlir::Value value;
  Emitter *e;
};

/// The same lanes as integers of the same width.
struct Bits {
  mlir::Value value;
  Emitter *e;
};

/// One truth value a lane.
struct Mask {
  mlir::Value value;
  Emitter *e;
};

/// What the formulas need to know of the format.
struct Format {
  unsigned width;     ///< bits of the number
  unsigned mantissa;  ///< stored mantissa bits
  int64_t bias;       ///< exponent bias
  double minNormal, maxFinite;
  double magic;       ///< 1.5 * 2^mantissa: x + magic holds round(x) in its low bits
  int64_t one;        ///< the bits of 1.0
  int64_t magicBits;  ///< the bits of magic
};

/// Emits ops for lanes of one type, which is f32, f64 or a vector of them.
class Emitter {
 public:
  Emitter(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type);

  bool isDouble() const { return format.width == 64; }
  const Format &fmt() const { return format; }
  mlir::Type getType() const { return numType; }

  Num num(double c);
  Bits bits(int64_t c);
  Num wrap(mlir::Value v) { return {v, this}; }
  /// `single` in f32 and `wide` in f64: coefficient tables differ by format.
  double pick(double single, double wide) const { return isDouble() ? wide : single; }

  mlir::OpBuilder &b;
  mlir::Location loc;

 private:
  friend Bits bitsOf(Num);
  friend Num numOf(Bits);
  mlir::Type numType, bitsType;
  Format format;
};

Num operator+(Num, Num);
Num operator-(Num, Num);
Num operator*(Num, Num);
Num operator/(Num, Num);
inline Num operator+(Num a, double c) { return a + a.e->num(c); }
inline Num operator-(Num a, double c) { return a - a.e->num(c); }
inline Num operator-(double c, Num a) { return a.e->num(c) - a; }
inline Num operator*(Num a, double c) { return a * a.e->num(c); }
inline Num operator/(double c, Num a) { return a.e->num(c) / a; }

/// a * b + c, rounded once.
Num fma(Num a, Num b, Num c);
inline Num fma(Num a, double b, Num c) { return fma(a, a.e->num(b), c); }
inline Num fma(Num a, Num b, double c) { return fma(a, b, a.e->num(c)); }
inline Num fma(Num a, double b, double c) { return fma(a, a.e->num(b), a.e->num(c)); }
Num negate(Num);
Num abs(Num);
Num sqrt(Num);
Num roundEven(Num);
Num copySign(Num magnitude, Num sign);

/// Ordered comparisons: false where an operand is NaN.
Mask operator<(Num, Num);
Mask operator==(Num, Num);
/// Unordered: true where an operand is NaN.
Mask operator!=(Num, Num);
inline Mask operator<(Num a, double c) { return a < a.e->num(c); }
inline Mask operator>(Num a, double c) { return a.e->num(c) < a; }
inline Mask operator==(Num a, double c) { return a == a.e->num(c); }
Mask operator&(Mask, Mask);
Mask operator|(Mask, Mask);
Mask operator!(Mask);

Num select(Mask, Num yes, Num no);
inline Num select(Mask m, double yes, Num no) { return select(m, m.e->num(yes), no); }
inline Num select(Mask m, Num yes, double no) { return select(m, yes, m.e->num(no)); }
inline Num select(Mask m, double yes, double no) { return select(m, m.e->num(yes), m.e->num(no)); }
/// x held within a bound; unlike minnum a NaN stays NaN, which x86 does in one instruction.
Num atMost(Num x, double bound);
Num atLeast(Num x, double bound);

Bits bitsOf(Num);
Num numOf(Bits);
Bits operator+(Bits, Bits);
Bits operator-(Bits, Bits);
Bits operator&(Bits, Bits);
Bits operator|(Bits, Bits);
Bits operator^(Bits, Bits);
inline Bits operator+(Bits a, int64_t c) { return a + a.e->bits(c); }
inline Bits operator-(Bits a, int64_t c) { return a - a.e->bits(c); }
inline Bits operator&(Bits a, int64_t c) { return a & a.e->bits(c); }
inline Bits operator|(Bits a, int64_t c) { return a | a.e->bits(c); }
/// Shifts by a constant; right shifts are logical, which AVX2 has for 64 bits too.
Bits operator<<(Bits, unsigned);
Bits operator>>(Bits, unsigned);
Mask isNegative(Bits);
Mask isNonZero(Bits);

/// `common`, and `rare()` in lanes where `x`, an unsigned number, is `limit` or more: a branch that is taken if there
/// is such a lane.
Num whereAtLeast(Bits x, int64_t limit, Num common, llvm::function_ref<Num()> rare);

/// For each lane the one of eight f32 that the low three bits of `index` say.
Num lookUp(llvm::ArrayRef<float> entries, Bits index);

/// `element` in the shape (scalar or vector) of `like`.
mlir::Type shapedAs(mlir::Type like, mlir::Type element);
/// The lanes of `a` in the format of `to`.
Num convert(Num a, Emitter &to);
/// The low (or zero-extended) bits of `a` in the width of `to`.
Bits convert(Bits a, Emitter &to);

/// coefs[0] + coefs[1] x + ...: Horner's rule, for throughput rather than latency; the
/// loops around have many independent lanes to fill the pipeline with.
Num poly(Num x, llvm::ArrayRef<double> coefs);

}  // namespace etch::codegen::vmath
