// What the fused stage makes of a function: a schedule of kernels.
#ifndef ETCH_OPS_SCHEDULE_TD
#define ETCH_OPS_SCHEDULE_TD

include "ir/dialect/EtchBase.td"

def LaunchOp : Etch_Op<"launch", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let family = "Schedule";
  let summary = "runs a kernel";
  let description = [{
    The kernel is a private function of the module with the attribute `etch.kernel`; structurally equal kernels are one.
    After buffer planning `slots` says where each result lives: the index of a slot of the function's arena, or -1 - r for
    result r of the function itself.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Etch_Tensor>:$inputs, OptionalAttr<DenseI64ArrayAttr>:$slots);
  let results = (outs Variadic<Etch_Tensor>:$results);
  let assemblyFormat = "$kernel `(` $inputs `)` (`slots` `=` $slots^)? attr-dict `:` functional-type($inputs, results)";
  let publicSignature = "-";
}

def StoreSliceOp : Etch_Op<"store_slice", [Pure, AllTypesMatch<["operand", "result"]>]> {
  let family = "Schedule";
  let summary = "writes a slice of a tensor in place";
  let description = [{
    The result is the operand's memory with slice `index` along the first axis replaced; nobody reads the operand
    afterwards. The index is clamped into the axis. After buffer planning `in_place` says that the kernel that makes the slice
    writes it there, so that nothing is left to do.
  }];
  let arguments = (ins Etch_Tensor:$operand, Etch_Tensor:$slice, Etch_Extent:$index, UnitAttr:$in_place);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "$slice `into` $operand `at` $index (`in_place` $in_place^)? attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
  let publicSignature = "-";
}

#endif
