//===- VectorMath.cpp - Dispatch over the math functions ------------------===//

#include "codegen/cpu/math/VectorMath.h"

#include "codegen/cpu/math/VectorMathKernels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace etch::codegen::vmath;

namespace etch::codegen {

unsigned mathArity(MathFn fn) { return fn == MathFn::Pow || fn == MathFn::Atan2 ? 2 : 1; }

llvm::StringRef mathName(MathFn fn) {
  switch (fn) {
    case MathFn::Exp: return "exp";
    case MathFn::Exp2: return "exp2";
    case MathFn::Expm1: return "expm1";
    case MathFn::Log: return "log";
    case MathFn::Log2: return "log2";
    case MathFn::Log10: return "log10";
    case MathFn::Log1p: return "log1p";
    case MathFn::Sinh: return "sinh";
    case MathFn::Cosh: return "cosh";
    case MathFn::Tanh: return "tanh";
    case MathFn::Asinh: return "asinh";
    case MathFn::Acosh: return "acosh";
    case MathFn::Atanh: return "atanh";
    case MathFn::Sigmoid: return "sigmoid";
    case MathFn::Sin: return "sin";
    case MathFn::Cos: return "cos";
    case MathFn::Tan: return "tan";
    case MathFn::Asin: return "asin";
    case MathFn::Acos: return "acos";
    case MathFn::Atan: return "atan";
    case MathFn::Atan2: return "atan2";
    case MathFn::Erf: return "erf";
    case MathFn::Erfc: return "erfc";
    case MathFn::ErfInv: return "erf_inv";
    case MathFn::Lgamma: return "lgamma";
    case MathFn::Digamma: return "digamma";
    case MathFn::Trigamma: return "trigamma";
    case MathFn::Rsqrt: return "rsqrt";
    case MathFn::Cbrt: return "cbrt";
    case MathFn::Pow: return "pow";
  }
  llvm_unreachable("covered switch");
}

int mathInstructions(MathFn fn) {
  switch (fn) {
    case MathFn::Rsqrt:
    case MathFn::Exp:
    case MathFn::Exp2: return 16;
    case MathFn::Expm1:
    case MathFn::Sinh:
    case MathFn::Cosh:
    case MathFn::Tanh:
    case MathFn::Sigmoid:
    case MathFn::Asin:
    case MathFn::Acos:
    case MathFn::Erf:
    case MathFn::Sin:
    case MathFn::Cos: return 30;  // without the branch for huge angles
    case MathFn::Log:
    case MathFn::Log2:
    case MathFn::Log10:
    case MathFn::Log1p:
    case MathFn::Atan:
    case MathFn::Atan2:
    case MathFn::Cbrt: return 45;
    case MathFn::Asinh:
    case MathFn::Acosh:
    case MathFn::Atanh:
    case MathFn::Erfc:
    case MathFn::ErfInv: return 100;
    case MathFn::Tan:
    case MathFn::Pow: return 200;
    case MathFn::Lgamma:
    case MathFn::Digamma:
    case MathFn::Trigamma: return 500;
  }
  llvm_unreachable("covered switch");
}

static Num emitLanes(MathFn fn, Num x, Num y) {
  switch (fn) {
    case MathFn::Exp: return emitExp(x);
    case MathFn::Exp2: return emitExp2(x);
    case MathFn::Expm1: return emitExpm1(x);
    case MathFn::Log: return emitLog(x);
    case MathFn::Log2: return emitLog2(x);
    case MathFn::Log10: return emitLog10(x);
    case MathFn::Log1p: return emitLog1p(x);
    case MathFn::Sinh: return emitSinh(x);
    case MathFn::Cosh: return emitCosh(x);
    case MathFn::Tanh: return emitTanh(x);
    case MathFn::Asinh: return emitAsinh(x);
    case MathFn::Acosh: return emitAcosh(x);
    case MathFn::Atanh: return emitAtanh(x);
    case MathFn::Sigmoid: return emitSigmoid(x);
    case MathFn::Sin: return emitSin(x);
    case MathFn::Cos: return emitCos(x);
    case MathFn::Tan: return emitTan(x);
    case MathFn::Asin: return emitAsin(x);
    case MathFn::Acos: return emitAcos(x);
    case MathFn::Atan: return emitAtan(x);
    case MathFn::Atan2: return emitAtan2(x, y);
    case MathFn::Erf: return emitErf(x);
    case MathFn::Erfc: return emitErfc(x);
    case MathFn::ErfInv: return emitErfInv(x);
    case MathFn::Lgamma: return emitLgamma(x);
    case MathFn::Digamma: return emitDigamma(x);
    case MathFn::Trigamma: return emitTrigamma(x);
    case MathFn::Rsqrt: return emitRsqrt(x);
    case MathFn::Cbrt: return emitCbrt(x);
    case MathFn::Pow: return emitPow(x, y);
  }
  llvm_unreachable("covered switch");
}

Value emitMath(OpBuilder &b, Location loc, MathFn fn, ValueRange operands) {
  assert(operands.size() == mathArity(fn) && "one operand, or two for pow and atan2");
  Type type = operands.front().getType();
  Type element = getElementTypeOrSelf(type);
  const bool narrow = element.isF16();
  Type laneType = narrow ? shapedAs(type, b.getF32Type()) : type;
  Emitter e(b, loc, laneType);
  auto lanes = [&](Value v) { return e.wrap(narrow ? Value(arith::ExtFOp::create(b, loc, laneType, v)) : v); };
  Num x = lanes(operands.front());
  Num y = operands.size() == 2 ? lanes(operands.back()) : x;
  Num result = emitLanes(fn, x, y);
  return narrow ? Value(arith::TruncFOp::create(b, loc, type, result.value)) : result.value;
}

Value emitExpOfNonPositive(OpBuilder &b, Location loc, Value x) {
  Emitter e(b, loc, x.getType());
  const double least = e.pick(-87, -708);
  Num operand = e.wrap(x);
  return select(operand < least, 0.0, expOfNegative(atLeast(operand, least))).value;
}

}  // namespace etch::codegen
