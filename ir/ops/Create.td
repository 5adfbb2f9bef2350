// Ops that make tensors from nothing.
#ifndef ETCH_OPS_CREATE_TD
#define ETCH_OPS_CREATE_TD

include "ir/dialect/EtchBase.td"

def ConstantOp : Etch_Op<"constant", [Pure, ConstantLike, ZeroDerivative, AllTypesMatch<["value", "result"]>]> {
  let family = "Create";
  let summary = "a value known while tracing";
  let description = [{ The elements as written. }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
  let publicSignature = "-";
  let exampleCode = "etch::constant({{1, 2}, {3, 4}})";
  let exampleOutput = "[[1 2]\n [3 4]]";
}
def IotaOp : Etch_Op<"iota", [Pure, InferredByRule, ZeroDerivative]> {
  let family = "Create";
  let summary = "0, 1, 2, ... along an axis";
  let description = [{ Element [i0, i1, ...] is i_axis. Each extent -1 in `shape` takes its size from the next operand. }];
  let arguments = (ins Variadic<Etch_Extent>:$sizes, DenseI64ArrayAttr:$shape, I64Attr:$axis, TypeAttr:$dtype);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = "(`sizes` $sizes^)? `shape` `=` $shape `axis` `=` $axis attr-dict `:` functional-type(operands, results)";
  let publicSignature = "Tensor iota(Shape shape, int64_t axis = 0, DType dtype = i64, std::source_location at = std::source_location::current())";
  let exampleCode = "etch::iota({2, 3}, 1)";
  let exampleOutput = "[[0 1 2]\n [0 1 2]]";
}

#endif
