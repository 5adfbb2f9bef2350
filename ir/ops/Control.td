// Control flow, calls and requests for derivatives.
#ifndef ETCH_OPS_CONTROL_TD
#define ETCH_OPS_CONTROL_TD

include "ir/dialect/EtchBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

class Control_Op<string mnemonic, list<Trait> traits = []> : Etch_Op<mnemonic, traits> { let family = "Control"; }

def YieldOp : Control_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["IfOp", "WhileOp", "ForOp"]>]> {
  let summary = "hands values back from a region";
  let arguments = (ins Variadic<Etch_Tensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let publicSignature = "-";
}
def IfOp : Control_Op<"if", [RecursiveMemoryEffects, NoRegionArguments]> {
  let summary = "one of two regions";
  let description = [{ Runs the first region when pred is True, else the second; both yield the same types. }];
  let arguments = (ins 0DTensorOf<[I1]>:$pred);
  let results = (outs Variadic<Etch_Tensor>:$results);
  let regions = (region SizedRegion<1>:$then_region, SizedRegion<1>:$else_region);
  let assemblyFormat = "$pred attr-dict-with-keyword `:` functional-type($pred, $results) $then_region `else` $else_region";
  let hasVerifier = 1;
  let publicSignature = "-";
}
def WhileOp : Control_Op<"while", [RecursiveMemoryEffects]> {
  let summary = "repeats a region while a condition holds";
  let description = [{ The carried values go into cond (yields one bool) and body (yields the next values). }];
  let arguments = (ins Variadic<Etch_Tensor>:$inits);
  let results = (outs Variadic<Etch_Tensor>:$results);
  let regions = (region SizedRegion<1>:$cond, SizedRegion<1>:$body);
  let assemblyFormat = "`(` $inits `)` attr-dict-with-keyword `:` functional-type($inits, $results) $cond `do` $body";
  let hasVerifier = 1;
  let publicSignature = "-";
}
def ForOp : Control_Op<"for", [RecursiveMemoryEffects]> {
  let summary = "repeats a region a given number of times";
  let description = [{ The region gets the counter (i64, from lower to upper - 1) and the carried values, and yields the next values. }];
  let arguments = (ins Etch_Extent:$lower, Etch_Extent:$upper, Variadic<Etch_Tensor>:$inits);
  let results = (outs Variadic<Etch_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$lower `to` $upper `(` $inits `)` attr-dict-with-keyword `:` functional-type(operands, $results) $body";
  let hasVerifier = 1;
  let publicSignature = "-";
}

/// An op that stands for functions of the module. They must fit it, which MLIR asks once the whole module is there.
class Callee_Op<string mnemonic, list<Trait> traits = []>
    : Control_Op<mnemonic, traits # [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let results = (outs Variadic<Etch_Tensor>:$results);
  let publicSignature = "-";
}
def CallOp : Callee_Op<"call"> {
  let summary = "calls a function of the module";
  let description = [{ Inlined before kernels are formed. }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<Etch_Tensor>:$inputs);
  let assemblyFormat = "$callee `(` $inputs `)` attr-dict `:` functional-type($inputs, results)";
}
def CustomVjpOp : Callee_Op<"custom_vjp"> {
  let summary = "calls a function that brings its own derivative";
  let description = [{
    Forward: results = callee(operands). Reverse: cotangents of the operands = backward(operands..., cotangents of the
    results...).
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, FlatSymbolRefAttr:$backward, Variadic<Etch_Tensor>:$inputs);
  let assemblyFormat = "$callee `backward` $backward `(` $inputs `)` attr-dict `:` functional-type($inputs, results)";
}
def VjpOp : Callee_Op<"vjp", [AttrSizedOperandSegments]> {
  let summary = "value and vector-Jacobian product of a function";
  let description = [{
    Results: the callee's results, then for each index in `wrt` the cotangent of that operand, given the cotangents of
    the results. A result that is not floating point takes no cotangent: `cotangents` has one entry per floating result.
    Replaced by the grad stage.
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, DenseI64ArrayAttr:$wrt, Variadic<Etch_Tensor>:$inputs, Variadic<Etch_Tensor>:$cotangents);
  let assemblyFormat = "$callee `(` $inputs `)` `cotangents` `(` $cotangents `)` `wrt` `=` $wrt attr-dict `:` functional-type(operands, results)";
}
def JvpOp : Callee_Op<"jvp", [AttrSizedOperandSegments]> {
  let summary = "value and Jacobian-vector product of a function";
  let description = [{
    Results: the callee's results, then the tangent of each floating result, given one tangent for each operand in `wrt`.
    Replaced by the grad stage.
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, DenseI64ArrayAttr:$wrt, Variadic<Etch_Tensor>:$inputs, Variadic<Etch_Tensor>:$tangents);
  let assemblyFormat = "$callee `(` $inputs `)` `tangents` `(` $tangents `)` `wrt` `=` $wrt attr-dict `:` functional-type(operands, results)";
}

#endif
