// Running results along an axis: element i holds what elements 0 to i come to.
#ifndef ETCH_OPS_SCAN_TD
#define ETCH_OPS_SCAN_TD

include "ir/dialect/EtchBase.td"

class Scan_Op<string mnemonic, list<Trait> traits = []>
    : Etch_Op<mnemonic, !listconcat([Pure, InferredByRule], traits)> {
  let family = "Scan";
  let results = (outs Etch_NumberTensor:$result);
}
class Cumulative_Op<string mnemonic> : Scan_Op<mnemonic> {
  let arguments = (ins Etch_NumberTensor:$operand, I64Attr:$axis, I64Attr:$exclusive, I64Attr:$reverse);
  let assemblyFormat = [{
    $operand `axis` `=` $axis `exclusive` `=` $exclusive `reverse` `=` $reverse attr-dict `:` functional-type(operands, results)
  }];
  let publicSignature = "Tensor " # mnemonic # "(Operand x, int64_t axis = 0, bool exclusive = false, bool reverse = false)";
}
class RunningExtremum_Op<string mnemonic> : Scan_Op<mnemonic> {
  let arguments = (ins Etch_NumberTensor:$operand, I64Attr:$axis, I64Attr:$reverse);
  let assemblyFormat = [{
    $operand `axis` `=` $axis `reverse` `=` $reverse attr-dict `:` functional-type(operands, results)
  }];
  let publicSignature = "Tensor " # mnemonic # "(Operand x, int64_t axis = 0, bool reverse = false)";
}

def CumsumOp : Cumulative_Op<"cumsum"> {
  let summary = "running sums along an axis";
  let description = [{
    Element i is the sum of elements 0 to i; exclusive: of elements before i, beginning with 0; reverse: from the last element
    on. The order of additions is fixed by shape and axis. Sums of f16 and bf16 are kept in f32. (TensorFlow's cumsum.)
  }];
  let exampleCode = "etch::cumsum(etch::constant({1.f, 2.f, 3.f}))";
  let exampleOutput = "[1. 3. 6.]";
}
def CumprodOp : Cumulative_Op<"cumprod"> {
  let summary = "running products along an axis";
  let description = [{
    As cumsum with products; exclusive begins with 1. The gradient does not divide, so that zeros are nothing special.
    (TensorFlow's cumprod.)
  }];
  let exampleCode = "etch::cumprod(etch::constant({2.f, 3.f, 4.f}))";
  let exampleOutput = "[ 2.  6. 24.]";
}
def CummaxOp : RunningExtremum_Op<"cummax"> {
  let summary = "running maximum along an axis";
  let description = [{ NaN from the first NaN on; a zero is +0. Of equal elements the first one gets the gradient. (JAX's lax.cummax.) }];
  let exampleCode = "etch::cummax(etch::constant({1.f, 3.f, 2.f}))";
  let exampleOutput = "[1. 3. 3.]";
}
def CumminOp : RunningExtremum_Op<"cummin"> {
  let summary = "running minimum along an axis";
  let description = [{ NaN from the first NaN on; a zero is +0. Of equal elements the first one gets the gradient. (JAX's lax.cummin.) }];
  let exampleCode = "etch::cummin(etch::constant({2.f, 3.f, 1.f}))";
  let exampleOutput = "[2. 2. 1.]";
}
def LinearScanOp : Scan_Op<"linear_scan"> {
  let summary = "first-order linear recurrence along an axis";
  let description = [{
    h[0] = b[0], h[i] = a[i] * h[i - 1] + b[i]; reverse: from the last element on. a[0] is not read. Discounted returns, moving
    averages, states of linear recurrent networks; the derivatives of cumprod, cummax and cummin are such recurrences.
    (JAX: lax.associative_scan over pairs.)
  }];
  let arguments = (ins Etch_FloatTensor:$factors, Etch_FloatTensor:$terms, I64Attr:$axis, I64Attr:$reverse);
  let assemblyFormat = [{
    $factors `,` $terms `axis` `=` $axis `reverse` `=` $reverse attr-dict `:` functional-type(operands, results)
  }];
  let publicSignature = "Tensor linear_scan(Operand factors, Operand terms, int64_t axis = 0, bool reverse = false)";
  let exampleCode = "etch::linear_scan(etch::constant({0.5f, 0.5f, 0.5f}), etch::constant({8.f, 0.f, 1.f}))";
  let exampleOutput = "[8. 4. 3.]";
}

#endif
