// Ops with effects outside the value graph. They run on every execution, in program order.
#ifndef ETCH_OPS_STATE_TD
#define ETCH_OPS_STATE_TD

include "ir/dialect/EtchBase.td"

class Effect_Op<string mnemonic> : Etch_Op<mnemonic, [OrderedEffect, MemoryEffects<[MemRead, MemWrite]>]> {
  let family = "State";
  let publicSignature = "-";
}
def PrintOp : Effect_Op<"print"> {
  let summary = "prints tensors on every execution";
  let description = [{ `format` with each {} replaced by the next operand, and a newline. }];
  let arguments = (ins Variadic<Etch_Tensor>:$inputs, StrAttr:$format);
  let assemblyFormat = "$format (`(` $inputs^ `)` `:` type($inputs))? attr-dict";
}
def CheckOp : Effect_Op<"check"> {
  let summary = "fails the call unless a condition holds";
  let description = [{ Throws UserError with the message and the user's line when pred is False. Never removed. }];
  let arguments = (ins 0DTensorOf<[I1]>:$pred, StrAttr:$message);
  let assemblyFormat = "$pred `,` $message attr-dict `:` type($pred)";
}
def HostCallOp : Effect_Op<"host_call"> {
  let summary = "calls a C++ function on the host";
  let description = [{ `id` names a function registered in this process, so exporting it is an error. }];
  let arguments = (ins Variadic<Etch_Tensor>:$inputs, I64Attr:$id);
  let results = (outs Variadic<Etch_Tensor>:$results);
  let assemblyFormat = "$id `(` $inputs `)` attr-dict `:` functional-type(operands, results)";
}
def StackPushOp : Effect_Op<"stack_push"> {
  let summary = "keeps a value for the reverse sweep";
  let description = [{ Last in, first out, per stack id. Made by the grad stage for loops. }];
  let arguments = (ins Etch_Tensor:$operand, I64Attr:$id);
  let assemblyFormat = "$operand `id` `=` $id attr-dict `:` type($operand)";
}
def StackPopOp : Effect_Op<"stack_pop"> {
  let summary = "takes back a value kept for the reverse sweep";
  let description = [{ Extents -1 in the result take their sizes from `sizes`. }];
  let arguments = (ins Variadic<Etch_Extent>:$sizes, I64Attr:$id);
  let results = (outs Etch_Tensor:$result);
  let hasVerifier = 1;
  let assemblyFormat = "(`sizes` $sizes^)? `id` `=` $id attr-dict `:` functional-type(operands, results)";
}

#endif
