// Elementwise ops. Operands have equal shapes: broadcasting is explicit (etch.broadcast_in_dim).
#ifndef ETCH_OPS_ELEMENTWISE_TD
#define ETCH_OPS_ELEMENTWISE_TD

include "ir/dialect/EtchBase.td"

class Elementwise_Op<string mnemonic, list<Trait> traits> : Etch_Op<mnemonic, !listconcat([Pure, ElementwiseOp, InferredByRule], traits)> {
  let family = "Elementwise";
}

class Unary_Op<string mnemonic, TypeConstraint type, list<Trait> traits = []>
    : Elementwise_Op<mnemonic, !listconcat([SameOperandsAndResultType], traits)> {
  let arguments = (ins type:$operand);
  let results = (outs type:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
}

class Binary_Op<string mnemonic, TypeConstraint type, list<Trait> traits = []>
    : Elementwise_Op<mnemonic, !listconcat([SameOperandsAndResultType], traits)> {
  let arguments = (ins type:$lhs, type:$rhs);
  let results = (outs type:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($result)";
}

class Compare_Op<string mnemonic, TypeConstraint type = Etch_Tensor>
    : Elementwise_Op<mnemonic, [ZeroDerivative, SameTypeOperands]> {
  let arguments = (ins type:$lhs, type:$rhs);
  let results = (outs Etch_BoolTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
}

//===-- Unary ------------------------------------------------------------------------------------------------===//

def AbsOp : Unary_Op<"abs", Etch_NumberTensor> {
  let summary = "absolute value";
  let description = [{ `|x|`. The derivative at 0 is 0. The smallest integer is its own absolute value. }];
  let exampleCode = "etch::abs(etch::constant({-2.f, 0.f, 3.f}))";
  let exampleOutput = "[2. 0. 3.]";
}
def NegOp : Unary_Op<"neg", Etch_NumberTensor> {
  let summary = "negation";
  let description = [{ `-x`; integers wrap. }];
  let exampleCode = "etch::neg(etch::constant({1.f, -2.f}))";
  let exampleOutput = "[-1.  2.]";
}
def SignOp : Unary_Op<"sign", Etch_NumberTensor, [ZeroDerivative]> {
  let summary = "sign";
  let description = [{ -1, 0 or 1 with the sign of x; zeros keep their sign, NaN stays NaN. }];
  let exampleCode = "etch::sign(etch::constant({-2.f, 0.f, 3.f}))";
  let exampleOutput = "[-1.  0.  1.]";
}
def SquareOp : Unary_Op<"square", Etch_NumberTensor> {
  let summary = "square";
  let description = [{ `x * x`. }];
  let exampleCode = "etch::square(etch::constant({-2.f, 3.f}))";
  let exampleOutput = "[4. 9.]";
}
def ReluOp : Unary_Op<"relu", Etch_NumberTensor> {
  let summary = "rectified linear unit";
  let description = [{ `maximum(x, 0)`. The derivative at 0 is 0; NaN stays NaN. }];
  let exampleCode = "etch::relu(etch::constant({-1.f, 2.f}))";
  let exampleOutput = "[0. 2.]";
}
def FloorOp : Unary_Op<"floor", Etch_FloatTensor, [ZeroDerivative]> {
  let summary = "largest integer not above x";
  let description = [{ Rounds towards minus infinity. }];
  let exampleCode = "etch::floor(etch::constant({1.5f, -1.5f}))";
  let exampleOutput = "[ 1. -2.]";
}
def CeilOp : Unary_Op<"ceil", Etch_FloatTensor, [ZeroDerivative]> {
  let summary = "smallest integer not below x";
  let description = [{ Rounds towards infinity. }];
  let exampleCode = "etch::ceil(etch::constant({1.5f, -1.5f}))";
  let exampleOutput = "[ 2. -1.]";
}
def RoundOp : Unary_Op<"round", Etch_FloatTensor, [ZeroDerivative]> {
  let summary = "nearest integer, ties to even";
  let description = [{ As NumPy's and TensorFlow's round. }];
  let exampleCode = "etch::round(etch::constant({0.5f, 1.5f, 2.6f}))";
  let exampleOutput = "[0. 2. 3.]";
}
def TruncOp : Unary_Op<"trunc", Etch_FloatTensor, [ZeroDerivative]> {
  let summary = "nearest integer towards zero";
  let description = [{ Drops the fraction. }];
  let exampleCode = "etch::trunc(etch::constant({1.5f, -1.5f}))";
  let exampleOutput = "[ 1. -1.]";
}
def LogicalNotOp : Unary_Op<"logical_not", Etch_BoolTensor, [ZeroDerivative]> {
  let summary = "logical negation";
  let description = [{ True where x is False. }];
  let exampleCode = "etch::logical_not(etch::constant({true, false}))";
  let exampleOutput = "[False  True]";
}
def BitwiseNotOp : Unary_Op<"bitwise_not", Etch_IntTensor, [ZeroDerivative]> {
  let summary = "complement of each bit";
  let description = [{ `-1 - x` for signed integers, `255 - x` for u8. }];
  let exampleCode = "etch::bitwise_not(etch::constant({0, 5}))";
  let exampleOutput = "[-1 -6]";
}
def PopcntOp : Unary_Op<"popcnt", Etch_IntTensor, [ZeroDerivative]> {
  let summary = "number of bits that are one";
  let description = [{ Of the two's complement, for negative numbers. }];
  let exampleCode = "etch::popcnt(etch::constant({0, 7, -1}))";
  let exampleOutput = "[ 0  3 32]";
}
class Classify_Op<string mnemonic> : Elementwise_Op<mnemonic, [ZeroDerivative]> {
  let arguments = (ins Etch_FloatTensor:$operand);
  let results = (outs Etch_BoolTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` functional-type(operands, results)";
}
def IsFiniteOp : Classify_Op<"is_finite"> {
  let summary = "neither infinite nor NaN";
  let description = [{ True where x is a finite number. }];
  let exampleCode = "etch::is_finite(etch::constant({1.f, INFINITY}))";
  let exampleOutput = "[ True False]";
}
def IsNanOp : Classify_Op<"is_nan"> {
  let summary = "not a number";
  let description = [{ True where x is NaN. }];
  let exampleCode = "etch::is_nan(etch::constant({1.f, NAN}))";
  let exampleOutput = "[False  True]";
}
def IsInfOp : Classify_Op<"is_inf"> {
  let summary = "infinite";
  let description = [{ True where x is inf or -inf. }];
  let exampleCode = "etch::is_inf(etch::constant({1.f, -INFINITY}))";
  let exampleOutput = "[False  True]";
}
def StopGradientOp : Unary_Op<"stop_gradient", Etch_Tensor, [ZeroDerivative]> {
  let summary = "the value, with no derivative";
  let description = [{ Identity in the forward direction; gradients do not pass. }];
  let exampleCode = "etch::stop_gradient(etch::constant({1.f}))";
  let exampleOutput = "[1.]";
}
def CastOp : Elementwise_Op<"cast", []> {
  let summary = "conversion to another dtype";
  let description = [{
    Float to integer truncates towards zero and saturates (NaN gives 0); number to bool tests for non-zero;
    integers wrap when narrowed.
  }];
  let arguments = (ins Etch_Tensor:$operand, TypeAttr:$dtype);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor cast(Operand x, DType dtype)";
  let exampleCode = "etch::cast(etch::constant({1.5f, -1.5f}), etch::i32)";
  let exampleOutput = "[ 1 -1]";
}

//===-- Binary -----------------------------------------------------------------------------------------------===//

def AddOp : Binary_Op<"add", Etch_NumberTensor, [Commutative]> {
  let summary = "sum";
  let description = [{ `x + y`; integers wrap. }];
  let exampleCode = "etch::add(etch::constant({1.f, 2.f}), 10.f)";
  let exampleOutput = "[11. 12.]";
}
def SubOp : Binary_Op<"sub", Etch_NumberTensor> {
  let summary = "difference";
  let description = [{ `x - y`; integers wrap. }];
  let exampleCode = "etch::sub(etch::constant({1.f, 2.f}), 10.f)";
  let exampleOutput = "[-9. -8.]";
}
def MulOp : Binary_Op<"mul", Etch_NumberTensor, [Commutative]> {
  let summary = "product";
  let description = [{ `x * y`; integers wrap. }];
  let exampleCode = "etch::mul(etch::constant({1.f, 2.f}), 10.f)";
  let exampleOutput = "[10. 20.]";
}
def DivOp : Binary_Op<"div", Etch_NumberTensor> {
  let summary = "quotient";
  let description = [{
    `x / y`. Integers truncate towards zero; x / 0 is -1 (255 for u8) and the smallest integer / -1 is itself, as in XLA.
  }];
  let exampleCode = "etch::div(etch::constant({1.f, 2.f}), 4.f)";
  let exampleOutput = "[0.25 0.5 ]";
}
def RemOp : Binary_Op<"rem", Etch_NumberTensor> {
  let summary = "remainder";
  let description = [{
    The remainder of the truncating division, with the sign of x (C's fmod and %). For integers x rem 0 is x.
  }];
  let exampleCode = "etch::rem(etch::constant({5.f, -5.f}), 3.f)";
  let exampleOutput = "[ 2. -2.]";
}
def PowOp : Binary_Op<"pow", Etch_NumberTensor> {
  let summary = "power";
  let description = [{
    `x^y`. Integers: by repeated multiplication with wrapping; a negative exponent gives 1 for x = 1, +-1 for x = -1,
    0 otherwise.
  }];
  let exampleCode = "etch::pow(etch::constant({2.f, 3.f}), 2.f)";
  let exampleOutput = "[4. 9.]";
}
def MaximumOp : Binary_Op<"maximum", Etch_NumberTensor, [Commutative]> {
  let summary = "the larger of two";
  let description = [{ NaN if either is NaN; +0 is above -0. Where both are equal each side gets half the gradient. }];
  let exampleCode = "etch::maximum(etch::constant({1.f, 5.f}), 3.f)";
  let exampleOutput = "[3. 5.]";
}
def MinimumOp : Binary_Op<"minimum", Etch_NumberTensor, [Commutative]> {
  let summary = "the smaller of two";
  let description = [{ NaN if either is NaN; +0 is above -0. Where both are equal each side gets half the gradient. }];
  let exampleCode = "etch::minimum(etch::constant({1.f, 5.f}), 3.f)";
  let exampleOutput = "[1. 3.]";
}
def Atan2Op : Binary_Op<"atan2", Etch_FloatTensor> {
  let summary = "angle of the point (y, x)";
  let description = [{ In radians, in (-pi, pi]. The first operand is the ordinate, as in C. }];
  let exampleCode = "etch::atan2(etch::constant({0.f}), 1.f)";
  let exampleOutput = "[0.]";
}

class Logical_Op<string mnemonic> : Binary_Op<mnemonic, Etch_BoolTensor, [Commutative, ZeroDerivative]>;
def LogicalAndOp : Logical_Op<"logical_and"> {
  let summary = "logical and";
  let description = [{ True where both are. }];
  let exampleCode = "etch::logical_and(etch::constant({true, false}), etch::constant({true, true}))";
  let exampleOutput = "[ True False]";
}
def LogicalOrOp : Logical_Op<"logical_or"> {
  let summary = "logical or";
  let description = [{ True where either is. }];
  let exampleCode = "etch::logical_or(etch::constant({true, false}), etch::constant({false, false}))";
  let exampleOutput = "[ True False]";
}
def LogicalXorOp : Logical_Op<"logical_xor"> {
  let summary = "logical exclusive or";
  let description = [{ True where exactly one is. }];
  let exampleCode = "etch::logical_xor(etch::constant({true, false}), etch::constant({true, true}))";
  let exampleOutput = "[False  True]";
}

class Bitwise_Op<string mnemonic> : Binary_Op<mnemonic, Etch_IntTensor, [Commutative, ZeroDerivative]>;
def BitwiseAndOp : Bitwise_Op<"bitwise_and"> {
  let summary = "and of each bit";
  let description = [{ One where both bits are. }];
  let exampleCode = "etch::bitwise_and(etch::constant({12, 5}), 6)";
  let exampleOutput = "[4 4]";
}
def BitwiseOrOp : Bitwise_Op<"bitwise_or"> {
  let summary = "or of each bit";
  let description = [{ One where either bit is. }];
  let exampleCode = "etch::bitwise_or(etch::constant({12, 5}), 6)";
  let exampleOutput = "[14  7]";
}
def BitwiseXorOp : Bitwise_Op<"bitwise_xor"> {
  let summary = "exclusive or of each bit";
  let description = [{ One where exactly one bit is. }];
  let exampleCode = "etch::bitwise_xor(etch::constant({12, 5}), 6)";
  let exampleOutput = "[10  3]";
}
class Shift_Op<string mnemonic> : Binary_Op<mnemonic, Etch_IntTensor, [ZeroDerivative]>;
def ShiftLeftOp : Shift_Op<"shift_left"> {
  let summary = "bits moved to the left";
  let description = [{ `x * 2^y` modulo the width; 0 when y is negative or not below the number of bits. }];
  let exampleCode = "etch::shift_left(etch::constant({1, -3}), 2)";
  let exampleOutput = "[  4 -12]";
}
def ShiftRightArithmeticOp : Shift_Op<"shift_right_arithmetic"> {
  let summary = "bits moved to the right, copies of the sign moving in";
  let description = [{ `floor(x / 2^y)`; the sign, 0 or -1, when y is negative or not below the number of bits. u8 has no sign: its highest bit is one. }];
  let exampleCode = "etch::shift_right_arithmetic(etch::constant({8, -8}), 1)";
  let exampleOutput = "[ 4 -4]";
}
def ShiftRightLogicalOp : Shift_Op<"shift_right_logical"> {
  let summary = "bits moved to the right, zeros moving in";
  let description = [{ Of the two's complement, for negative numbers; 0 when y is negative or not below the number of bits. }];
  let exampleCode = "etch::shift_right_logical(etch::constant({8, -8}), 1)";
  let exampleOutput = "[         4 2147483644]";
}

//===-- Comparisons ------------------------------------------------------------------------------------------===//

def EqualOp : Compare_Op<"equal"> {
  let summary = "x == y";
  let description = [{ False where either is NaN. }];
  let exampleCode = "etch::equal(etch::constant({1, 2}), 2)";
  let exampleOutput = "[False  True]";
}
def NotEqualOp : Compare_Op<"not_equal"> {
  let summary = "x != y";
  let description = [{ True where either is NaN. }];
  let exampleCode = "etch::not_equal(etch::constant({1, 2}), 2)";
  let exampleOutput = "[ True False]";
}
def LessOp : Compare_Op<"less"> {
  let summary = "x < y";
  let description = [{ False where either is NaN. }];
  let exampleCode = "etch::less(etch::constant({1, 2}), 2)";
  let exampleOutput = "[ True False]";
}
def LessEqualOp : Compare_Op<"less_equal"> {
  let summary = "x <= y";
  let description = [{ False where either is NaN. }];
  let exampleCode = "etch::less_equal(etch::constant({1, 2, 3}), 2)";
  let exampleOutput = "[ True  True False]";
}
def GreaterOp : Compare_Op<"greater"> {
  let summary = "x > y";
  let description = [{ False where either is NaN. }];
  let exampleCode = "etch::greater(etch::constant({1, 2, 3}), 2)";
  let exampleOutput = "[False False  True]";
}
def GreaterEqualOp : Compare_Op<"greater_equal"> {
  let summary = "x >= y";
  let description = [{ False where either is NaN. }];
  let exampleCode = "etch::greater_equal(etch::constant({1, 2, 3}), 2)";
  let exampleOutput = "[False  True  True]";
}

//===-- Ternary ----------------------------------------------------------------------------------------------===//

def SelectOp : Elementwise_Op<"select", [AllTypesMatch<["on_true", "on_false", "result"]>]> {
  let summary = "elements of one or the other operand";
  let description = [{ `pred ? on_true : on_false`, element by element. Only the chosen side gets a gradient. }];
  let arguments = (ins Etch_BoolTensor:$pred, Etch_Tensor:$on_true, Etch_Tensor:$on_false);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$pred `,` $on_true `,` $on_false attr-dict `:` type($pred) `,` type($result)";
  let publicSignature = "Tensor select(Operand pred, Operand on_true, Operand on_false)";
  let exampleCode = "etch::select(etch::constant({true, false}), 1.f, etch::constant({7.f, 8.f}))";
  let exampleOutput = "[1. 8.]";
}
def ClampOp : Elementwise_Op<"clamp", [SameOperandsAndResultType]> {
  let summary = "x limited to [min, max]";
  let description = [{ `minimum(maximum(x, min), max)`. NaN stays NaN. The gradient passes where min < x < max, to the bound otherwise. }];
  let arguments = (ins Etch_NumberTensor:$min, Etch_NumberTensor:$operand, Etch_NumberTensor:$max);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = "$min `,` $operand `,` $max attr-dict `:` type($result)";
  let publicSignature = "Tensor clamp(Operand x, Operand min, Operand max)";
  let exampleCode = "etch::clamp(etch::constant({-1.f, 0.5f, 2.f}), 0.f, 1.f)";
  let exampleOutput = "[0.  0.5 1. ]";
}

#endif
