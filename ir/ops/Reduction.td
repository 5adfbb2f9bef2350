// Reductions over axes. The reduced axes disappear from the result.
#ifndef ETCH_OPS_REDUCTION_TD
#define ETCH_OPS_REDUCTION_TD

include "ir/dialect/EtchBase.td"

class Reduce_Op<string mnemonic, TypeConstraint type, list<Trait> traits = []>
    : Etch_Op<mnemonic, !listconcat([Pure, InferredByRule], traits)> {
  let family = "Reduction";
  let arguments = (ins type:$operand, DenseI64ArrayAttr:$axes);
  let results = (outs type:$result);
  let assemblyFormat = "$operand `axes` `=` $axes attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor " # mnemonic # "(Operand x, Axes axes = {}, bool keepdims = false)";
}

def ReduceSumOp : Reduce_Op<"reduce_sum", Etch_NumberTensor> {
  let summary = "sum over axes";
  let description = [{ 0 for no elements. The order of additions is fixed by the shape, never by the number of threads. }];
  let exampleCode = "etch::reduce_sum(etch::constant({{1.f, 2.f}, {3.f, 4.f}}), {0})";
  let exampleOutput = "[4. 6.]";
}
def ReduceProdOp : Reduce_Op<"reduce_prod", Etch_NumberTensor> {
  let summary = "product over axes";
  let description = [{ 1 for no elements. }];
  let exampleCode = "etch::reduce_prod(etch::constant({{1.f, 2.f}, {3.f, 4.f}}), {1})";
  let exampleOutput = "[ 2. 12.]";
}
def ReduceMaxOp : Reduce_Op<"reduce_max", Etch_NumberTensor> {
  let summary = "maximum over axes";
  let description = [{ NaN if any element is; -inf (the smallest integer) for no elements; a zero is +0. Ties share the gradient equally. }];
  let exampleCode = "etch::reduce_max(etch::constant({{1.f, 2.f}, {3.f, 4.f}}), {1})";
  let exampleOutput = "[2. 4.]";
}
def ReduceMinOp : Reduce_Op<"reduce_min", Etch_NumberTensor> {
  let summary = "minimum over axes";
  let description = [{ NaN if any element is; inf (the largest integer) for no elements; a zero is +0. Ties share the gradient equally. }];
  let exampleCode = "etch::reduce_min(etch::constant({{1.f, 2.f}, {3.f, 4.f}}), {1})";
  let exampleOutput = "[1. 3.]";
}
def ReduceAnyOp : Reduce_Op<"reduce_any", Etch_BoolTensor, [ZeroDerivative]> {
  let summary = "whether any element over axes is True";
  let description = [{ False for no elements. }];
  let exampleCode = "etch::reduce_any(etch::constant({{true, false}, {false, false}}), {1})";
  let exampleOutput = "[ True False]";
}
def ReduceAllOp : Reduce_Op<"reduce_all", Etch_BoolTensor, [ZeroDerivative]> {
  let summary = "whether all elements over axes are True";
  let description = [{ True for no elements. }];
  let exampleCode = "etch::reduce_all(etch::constant({{true, true}, {false, true}}), {1})";
  let exampleOutput = "[ True False]";
}

class ArgReduce_Op<string mnemonic> : Etch_Op<mnemonic, [Pure, InferredByRule, ZeroDerivative]> {
  let family = "Reduction";
  let arguments = (ins Etch_NumberTensor:$operand, I64Attr:$axis);
  let results = (outs RankedTensorOf<[I64]>:$result);
  let assemblyFormat = "$operand `axis` `=` $axis attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor " # mnemonic # "(Operand x, int64_t axis = -1, bool keepdims = false)";
}
def ArgmaxOp : ArgReduce_Op<"argmax"> {
  let summary = "index of the largest element along an axis";
  let description = [{ i64; the first of equals; NaN counts as largest. The axis must not be empty. }];
  let exampleCode = "etch::argmax(etch::constant({{1.f, 2.f}, {4.f, 3.f}}), 1)";
  let exampleOutput = "[1 0]";
}
def ArgminOp : ArgReduce_Op<"argmin"> {
  let summary = "index of the smallest element along an axis";
  let description = [{ i64; the first of equals; NaN counts as smallest. The axis must not be empty. }];
  let exampleCode = "etch::argmin(etch::constant({{1.f, 2.f}, {4.f, 3.f}}), 1)";
  let exampleOutput = "[0 1]";
}

#endif
