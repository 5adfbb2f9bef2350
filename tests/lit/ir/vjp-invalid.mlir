// RUN: etch-opt %s -split-input-file -verify-diagnostics

func.func private @f(tensor<2xf32>) -> tensor<2xf32>

// Operands split into inputs and cotangents.
func.func @vjp_segments(%x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.vjp' op operand count (2) does not match with the total size (3) specified in attribute 'operandSegmentSizes'}}
  %0 = "etch.vjp"(%x, %x) <{callee = @f, operandSegmentSizes = array<i32: 2, 1>, wrt = array<i64: 0>}> : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}
