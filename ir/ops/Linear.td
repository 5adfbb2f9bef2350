// Contractions.
#ifndef ETCH_OPS_LINEAR_TD
#define ETCH_OPS_LINEAR_TD

include "ir/dialect/EtchBase.td"

def DotGeneralOp : Etch_Op<"dot_general", [Pure, InferredByRule]> {
  let family = "Linear";
  let summary = "sum of products over contracting axes, for each batch";
  let description = [{
    The result's axes are the batch axes (in the order given), then the free axes of lhs, then those of rhs.
    Works on every number type; f16 and bf16 accumulate in f32. (StableHLO's dot_general.)
  }];
  let arguments = (ins Etch_NumberTensor:$lhs, Etch_NumberTensor:$rhs, DenseI64ArrayAttr:$lhs_batch,
      DenseI64ArrayAttr:$rhs_batch, DenseI64ArrayAttr:$lhs_contract, DenseI64ArrayAttr:$rhs_contract);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs `batch` `=` $lhs_batch `x` $rhs_batch `contract` `=` $lhs_contract `x` $rhs_contract attr-dict
    `:` functional-type(operands, results)
  }];
  let publicSignature = "Tensor dot_general(Operand lhs, Operand rhs, DotAxes axes)";
  let exampleCode = "etch::dot_general(etch::constant({{1.f, 2.f}, {3.f, 4.f}}), etch::constant({1.f, 1.f}), {.lhs_contract = {1}, .rhs_contract = {0}})";
  let exampleOutput = "[3. 7.]";
}

#endif
