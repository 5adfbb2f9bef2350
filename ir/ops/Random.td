// Counter-based random numbers: the value depends on (key, counter, element index) only, so that eager, compiled,
// exported and parallel runs draw the same bits.
#ifndef ETCH_OPS_RANDOM_TD
#define ETCH_OPS_RANDOM_TD

include "ir/dialect/EtchBase.td"

class Random_Op<string mnemonic> : Etch_Op<mnemonic, [Pure, InferredByRule, ZeroDerivative]> {
  let family = "Random";
  let arguments = (ins TensorRankOf<[I64], [1]>:$state, Variadic<Etch_Extent>:$sizes, DenseI64ArrayAttr:$shape, TypeAttr:$dtype);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = "$state (`sizes` $sizes^)? `shape` `=` $shape attr-dict `:` functional-type(operands, results)";
}
def RandomBitsOp : Random_Op<"random_bits"> {
  let summary = "random bits";
  let description = [{
    Element i is word 0 (i64: words 1 and 0) of the Philox4x32-10 block with key state[0] and counter state[1] + i.
    dtype i32 or i64. (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011.)
  }];
  let publicSignature = "Tensor random_bits(Operand state, Shape shape, DType dtype = i32)";
  let exampleCode = "etch::random_bits(etch::constant({int64_t{0}, int64_t{0}}), {1})";
  let exampleOutput = "[1713891541]";
}
def RandomUniformOp : Random_Op<"random_uniform"> {
  let summary = "random numbers in [0, 1)";
  let description = [{
    The top 24 bits (f64: 53 bits) of random_bits as a fraction, f32 or f64.
  }];
  let publicSignature = "Tensor random_uniform(Operand state, Shape shape, DType dtype = f32)";
  let exampleCode = "etch::random_uniform(etch::constant({int64_t{0}, int64_t{0}}), {1})";
  let exampleOutput = "[0.39904642]";
}

#endif
