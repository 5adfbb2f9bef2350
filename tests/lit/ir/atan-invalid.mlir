// RUN: etch-opt %s -split-input-file -verify-diagnostics

// elementwise_c1: element types are those of the op's constraint.
func.func @elementwise_c1(%x: tensor<3xi32>) {
  // expected-error@+1 {{'etch.atan' op operand #0 must be ranked tensor of floating-point values}}
  %0 = "etch.atan"(%x) : (tensor<3xi32>) -> tensor<3xi32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.atan' op result is declared as f32[4]; operands and attributes give f32[3]}}
  %0 = "etch.atan"(%x) : (tensor<3xf32>) -> tensor<4xf32>
  return
}
