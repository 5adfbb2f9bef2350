// Ops that move elements without computing on them.
#ifndef ETCH_OPS_SHAPE_TD
#define ETCH_OPS_SHAPE_TD

include "ir/dialect/EtchBase.td"

class Shape_Op<string mnemonic, list<Trait> traits = []> : Etch_Op<mnemonic, !listconcat([Pure, InferredByRule], traits)> {
  let family = "Shape";
}

def BroadcastInDimOp : Shape_Op<"broadcast_in_dim"> {
  let summary = "repeats a tensor into a larger shape";
  let description = [{
    Axis i of the operand becomes axis dims[i] of the result; an operand extent of 1 is repeated, the other axes of the
    result are new. Each extent -1 in `shape` takes its size from the next operand in `sizes`. (StableHLO's
    broadcast_in_dim.)
  }];
  let arguments = (ins Etch_Tensor:$operand, Variadic<Etch_Extent>:$sizes, DenseI64ArrayAttr:$shape, DenseI64ArrayAttr:$dims);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$operand (`sizes` $sizes^)? `shape` `=` $shape `dims` `=` $dims attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor broadcast_to(Operand x, Shape shape)";
  let exampleCode = "etch::broadcast_to(etch::constant({1.f, 2.f}), {2, 2})";
  let exampleOutput = "[[1. 2.]\n [1. 2.]]";
}
def ReshapeOp : Shape_Op<"reshape"> {
  let summary = "the same elements in another shape";
  let description = [{
    Row-major order is kept. At most one extent of the public function may be -1: it is computed from the rest.
    In the IR each -1 takes its size from the next operand in `sizes`.
  }];
  let arguments = (ins Etch_Tensor:$operand, Variadic<Etch_Extent>:$sizes, DenseI64ArrayAttr:$shape);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$operand (`sizes` $sizes^)? `shape` `=` $shape attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor reshape(Operand x, Shape shape)";
  let exampleCode = "etch::reshape(etch::constant({1.f, 2.f, 3.f, 4.f}), {2, -1})";
  let exampleOutput = "[[1. 2.]\n [3. 4.]]";
}
def TransposeOp : Shape_Op<"transpose"> {
  let summary = "axes in another order";
  let description = [{ Axis i of the result is axis permutation[i] of the operand; by default the axes are reversed. }];
  let arguments = (ins Etch_Tensor:$operand, DenseI64ArrayAttr:$permutation);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$operand `permutation` `=` $permutation attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor transpose(Operand x, Axes permutation = {})";
  let exampleCode = "etch::transpose(etch::constant({{1.f, 2.f}, {3.f, 4.f}}))";
  let exampleOutput = "[[1. 3.]\n [2. 4.]]";
}
def ConcatenateOp : Shape_Op<"concatenate"> {
  let summary = "tensors joined along an axis";
  let description = [{ All extents but that of the axis must be equal. }];
  let arguments = (ins Variadic<Etch_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$inputs `axis` `=` $axis attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor concatenate(const std::vector<Tensor> &tensors, int64_t axis = 0, std::source_location at = std::source_location::current())";
  let exampleCode = "etch::concatenate({etch::constant({1.f}), etch::constant({2.f, 3.f})}, 0)";
  let exampleOutput = "[1. 2. 3.]";
}
def SliceOp : Shape_Op<"slice"> {
  let summary = "a regular part of a tensor";
  let description = [{
    Elements starts, starts + strides, ... below limits along each axis; strides are positive. In the IR a limit of -1
    means the end of an unknown extent.
  }];
  let arguments = (ins Etch_Tensor:$operand, DenseI64ArrayAttr:$starts, DenseI64ArrayAttr:$limits, DenseI64ArrayAttr:$strides);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$operand `starts` `=` $starts `limits` `=` $limits `strides` `=` $strides attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor slice(Operand x, const std::vector<Range> &ranges)";
  let exampleCode = "etch::slice(etch::constant({1.f, 2.f, 3.f, 4.f}), {{1, 3}})";
  let exampleOutput = "[2. 3.]";
}
def PadOp : Shape_Op<"pad"> {
  let summary = "a border of a constant around, and between, elements";
  let description = [{
    low and high elements are added at the ends of each axis (negative ones cut), interior elements between neighbours.
    (StableHLO's pad.)
  }];
  let arguments = (ins Etch_Tensor:$operand, Etch_Tensor:$value, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$interior);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$operand `,` $value `low` `=` $low `high` `=` $high `interior` `=` $interior attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor pad(Operand x, const std::vector<Padding> &padding, Operand value = 0.f)";
  let exampleCode = "etch::pad(etch::constant({1.f, 2.f}), {{1, 2}}, 9.f)";
  let exampleOutput = "[9. 1. 2. 9. 9.]";
}
def ReverseOp : Shape_Op<"reverse"> {
  let summary = "the order of elements reversed along axes";
  let description = [{ Every axis for an empty list in the public function. }];
  let arguments = (ins Etch_Tensor:$operand, DenseI64ArrayAttr:$axes);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$operand `axes` `=` $axes attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor reverse(Operand x, Axes axes = {})";
  let exampleCode = "etch::reverse(etch::constant({1.f, 2.f, 3.f}))";
  let exampleOutput = "[3. 2. 1.]";
}
def DimOp : Shape_Op<"dim", [ZeroDerivative]> {
  let summary = "the extent of an axis as a scalar";
  let description = [{ i64. Useful where the extent is not known while tracing. }];
  let arguments = (ins Etch_Tensor:$operand, I64Attr:$axis);
  let results = (outs Etch_Extent:$result);
  let assemblyFormat = "$operand `axis` `=` $axis attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor dim(Operand x, int64_t axis)";
  let exampleCode = "etch::dim(etch::constant({1.f, 2.f, 3.f}), 0)";
  let exampleOutput = "3";
}

#endif
