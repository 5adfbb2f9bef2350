// The etch dialect: base classes, types and traits shared by every op family.
#ifndef ETCH_DIALECT_BASE_TD
#define ETCH_DIALECT_BASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

def Etch_Dialect : Dialect {
  let name = "etch";
  let cppNamespace = "::etch::ir";
  let summary = "Tensor programs as the user wrote them: values in, values out.";
  let description = [{
    Every op works on builtin tensors with static or unknown extents and means the same eagerly, compiled,
    exported and differentiated. Where StableHLO has an op of the same name, the corner cases (NaN, division by zero,
    rounding, out-of-bounds indices) are those of its specification.

    State is explicit: a variable is an argument of the function and its new value a result (docs/decisions/0001).
  }];
  let usePropertiesForAttributes = 1;
  let hasConstantMaterializer = 1;
}

//===-- Types ------------------------------------------------------------------------------------------------===//

def Etch_U8 : AnyTypeOf<[UI8]>;
def Etch_Bool : AnyTypeOf<[I1]>;
def Etch_Float : AnyTypeOf<[F16, BF16, F32, F64], "floating-point">;
def Etch_Int : AnyTypeOf<[UI8, I32, I64], "integer">;
def Etch_Number : AnyTypeOf<[UI8, I32, I64, F16, BF16, F32, F64], "number">;
def Etch_Element : AnyTypeOf<[I1, UI8, I32, I64, F16, BF16, F32, F64], "element">;

def Etch_Tensor : RankedTensorOf<[Etch_Element]>;
def Etch_NumberTensor : RankedTensorOf<[Etch_Number]>;
def Etch_FloatTensor : RankedTensorOf<[Etch_Float]>;
def Etch_BoolTensor : RankedTensorOf<[Etch_Bool]>;
def Etch_IntTensor : RankedTensorOf<[Etch_Int]>;
def Etch_Extent : 0DTensorOf<[I64]>;

//===-- Traits -----------------------------------------------------------------------------------------------===//

/// Result types follow from operands and attributes by the rule of the same name in ir/infer; the verifier applies it.
def InferredByRule : NativeOpTrait<"InferredByRule"> { let cppNamespace = "::etch::ir"; }
/// Element i of the result depends on element i of the operands only.
def ElementwiseOp : NativeOpTrait<"ElementwiseOp"> { let cppNamespace = "::etch::ir"; }
/// The derivative is zero wherever it exists (floor, comparisons, integer results). Gradients stop here.
def ZeroDerivative : NativeOpTrait<"ZeroDerivative"> { let cppNamespace = "::etch::ir"; }
/// Has no derivative and asking for one is an error that names the op.
def NotDifferentiable : NativeOpTrait<"NotDifferentiable"> { let cppNamespace = "::etch::ir"; }
/// Must run on every execution, in program order.
def OrderedEffect : NativeOpTrait<"OrderedEffect"> { let cppNamespace = "::etch::ir"; }

//===-- Base class -------------------------------------------------------------------------------------------===//

/// Fields beyond ODS feed frontend/opgen, which writes the public functions, their documentation and docs/ops.md.
class Etch_Op<string mnemonic, list<Trait> traits = []> : Op<Etch_Dialect, mnemonic, traits> {
  /// Family, the file the op lives in everywhere: "Elementwise", "Reduction", ...
  string family = "";
  /// The public C++ declaration where it cannot be derived from operands alone; "" derives it from them;
  /// "-" for an op that users meet only through another function.
  string publicSignature = "";
  /// A runnable C++ expression and what printing it shows.
  string exampleCode = "";
  string exampleOutput = "";
}

#endif
