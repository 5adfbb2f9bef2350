// Ops whose source or target depends on index values.
#ifndef ETCH_OPS_INDEXING_TD
#define ETCH_OPS_INDEXING_TD

include "ir/dialect/EtchBase.td"

class Indexing_Op<string mnemonic> : Etch_Op<mnemonic, [Pure, InferredByRule]> { let family = "Indexing"; }

def TakeOp : Indexing_Op<"take"> {
  let summary = "slices picked by index along an axis";
  let description = [{
    result[a..., i..., b...] = operand[a..., indices[i...], b...]. Compiled code clamps indices into the axis (StableHLO's
    rule for gather); eager calls and functions with Options::checked throw on an index outside it. (NumPy's take,
    TensorFlow's gather.)
  }];
  let arguments = (ins Etch_Tensor:$operand, RankedTensorOf<[I32, I64]>:$indices, I64Attr:$axis);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$operand `,` $indices `axis` `=` $axis attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor take(Operand x, Operand indices, int64_t axis = 0)";
  let exampleCode = "etch::take(etch::constant({10.f, 20.f, 30.f}), etch::constant({2, 0}))";
  let exampleOutput = "[30. 10.]";
}
def ScatterAddOp : Indexing_Op<"scatter_add"> {
  let summary = "slices added at indices along an axis";
  let description = [{
    The operand with updates[a..., i..., b...] added to element [a..., indices[i...], b...], in order of i; indices outside
    the axis are dropped (StableHLO's rule for scatter).
  }];
  let arguments = (ins Etch_NumberTensor:$operand, RankedTensorOf<[I32, I64]>:$indices, Etch_NumberTensor:$updates, I64Attr:$axis);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = "$operand `,` $indices `,` $updates `axis` `=` $axis attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor scatter_add(Operand x, Operand indices, Operand updates, int64_t axis = 0)";
  let exampleCode = "etch::scatter_add(etch::zeros({3}), etch::constant({2, 2}), etch::constant({1.f, 5.f}))";
  let exampleOutput = "[0. 0. 6.]";
}
def DynamicSliceOp : Indexing_Op<"dynamic_slice"> {
  let summary = "a block at a computed position";
  let description = [{ `sizes` elements along each axis from `starts` on; starts are clamped so that the block fits. (StableHLO's dynamic_slice.) }];
  let arguments = (ins Etch_Tensor:$operand, Variadic<Etch_Extent>:$starts, DenseI64ArrayAttr:$sizes);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$operand (`starts` $starts^)? `sizes` `=` $sizes attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor dynamic_slice(Operand x, const std::vector<Tensor> &starts, Shape sizes)";
  let exampleCode = "etch::dynamic_slice(etch::constant({1.f, 2.f, 3.f}), {etch::constant(int64_t{1})}, {2})";
  let exampleOutput = "[2. 3.]";
}
def DynamicUpdateSliceOp : Indexing_Op<"dynamic_update_slice"> {
  let summary = "a tensor with a block replaced at a computed position";
  let description = [{ starts are clamped so that the block fits. (StableHLO's dynamic_update_slice.) }];
  let arguments = (ins Etch_Tensor:$operand, Etch_Tensor:$update, Variadic<Etch_Extent>:$starts);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$operand `,` $update (`starts` $starts^)? attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor dynamic_update_slice(Operand x, Operand update, const std::vector<Tensor> &starts)";
  let exampleCode = "etch::dynamic_update_slice(etch::constant({1.f, 2.f, 3.f}), etch::constant({9.f}), {etch::constant(int64_t{1})})";
  let exampleOutput = "[1. 9. 3.]";
}

#endif
