// RUN: etch-opt %s -split-input-file -verify-diagnostics

// elementwise_c1: element types are those of the op's constraint.
func.func @elementwise_c1(%x: tensor<3xi32>) {
  // expected-error@+1 {{'etch.is_nan' op operand #0 must be ranked tensor of floating-point values}}
  %0 = etch.is_nan %x : (tensor<3xi32>) -> tensor<3xi1>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.is_nan' op result is declared as bool[4]; operands and attributes give bool[3]}}
  %0 = etch.is_nan %x : (tensor<3xf32>) -> tensor<4xi1>
  return
}

// -----

// The result is boolean.
func.func @result_dtype(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.is_nan' op result #0 must be ranked tensor of}}
  %0 = etch.is_nan %x : (tensor<3xf32>) -> tensor<3xf32>
  return
}
