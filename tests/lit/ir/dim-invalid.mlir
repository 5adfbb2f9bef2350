// RUN: etch-opt %s -split-input-file -verify-diagnostics

// dim_c1: the axis is in range.
func.func @dim_c1(%x: tensor<2x?xf32>) {
  // expected-error@+1 {{'etch.dim' op axis 2 is out of range for f32[2,?]}}
  %0 = etch.dim %x axis = 2 : (tensor<2x?xf32>) -> tensor<i64>
  return
}

// -----

// The result is an i64 scalar.
func.func @result_dtype(%x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.dim' op result #0 must be 0D tensor of 64-bit signless integer values}}
  %0 = etch.dim %x axis = 0 : (tensor<2xf32>) -> tensor<i32>
  return
}
