//===- VectorMathKernels.h - The functions, one declaration each -*- C++ -*-===//
//
// Internal to codegen/cpu/math/VectorMath*.cpp. All take and give lanes of f32 or f64.
//
//===----------------------------------------------------------------------===//

#pragma once

#include "codegen/cpu/math/VectorMathEmitter.h"

namespace etch::codegen::vmath {

Num emitExp(Num x);
Num emitExp2(Num x);
Num emitExpm1(Num x);
Num emitSinh(Num x);
Num emitCosh(Num x);
Num emitTanh(Num x);
Num emitSigmoid(Num x);
/// e^x for x in [-87, 0] (f32) or [-708, 0] (f64), where the result is normal.
Num expOfNegative(Num x);
/// e^(hi+lo) with gradual underflow and overflow; |lo| is far below an ulp of 1.
Num expOfSum(Num hi, Num lo);
/// (e^x - 1) / 2^shift, shift 1 or 2, without overflow for x up to ln 2 (emax + shift) - 0.4.
Num scaledExpm1(Num x, int64_t shift);
/// 2^r for |r| <= 1/2 in f64 lanes to 2^-34, enough for a result that is rounded to f32.
Num exp2ForSingle(Num r);

Num emitLog(Num x);
Num emitLog2(Num x);
Num emitLog10(Num x);
Num emitLog1p(Num x);
Num emitAsinh(Num x);
Num emitAcosh(Num x);
Num emitAtanh(Num x);

/// x = 2^k * (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), for x > 0 (subnormals too); f is exact.
struct LogParts {
  Num k, f;
};
LogParts splitForLog(Num x);
/// log of a zero, an infinity, a negative number or NaN; else `log`.
Num withLogSpecials(Num x, Num log);

/// x = q pi/2 + r + tail; the low two bits of q are the quadrant.
struct Quadrant {
  Num r, tail;
  Bits q;
};
/// `near`, and where `huge` holds the reduction of any finite f64 from 2^47 on: a branch that is taken if a lane needs
/// it.
Quadrant withHugeAngles(Num x, Mask huge, Quadrant near);
/// r and q of a Quadrant.
struct AngleValues {
  mlir::Value r, q;
};
/// `near`, and where isRare(x) holds rare(x): a branch that is taken if there is such a lane. Tails are 0.
Quadrant whereAny(Num x, llvm::function_ref<Mask(Num)> isRare, Quadrant near,
                  llvm::function_ref<AngleValues(Num)> rare);
Num emitSin(Num x);
Num emitCos(Num x);
Num emitTan(Num x);
/// hi + lo, |lo| <= ulp(hi)/2: twice the lanes' precision (Dekker 1971).
struct Twofold {
  Num hi, lo;
};
/// sin(pi x), exactly 0 at whole numbers; lo holds a few bits.
Twofold sinOfPi(Num x);
/// 1 / tan(pi x), correct to little more than half an ulp; of no meaning at whole numbers.
Num cotOfPi(Num x);
Num emitAsin(Num x);
Num emitAcos(Num x);
Num emitAtan(Num x);
Num emitAtan2(Num y, Num x);

Num emitErf(Num x);
Num emitErfc(Num x);
Num emitErfInv(Num x);

Num emitLgamma(Num x);
Num emitDigamma(Num x);
Num emitTrigamma(Num x);

Num emitRsqrt(Num x);
Num emitCbrt(Num x);
Num emitPow(Num x, Num y);

}  // namespace etch::codegen::vmath
