// RUN: etch-opt %s -split-input-file -verify-diagnostics

// elementwise_c1: element types are those of the op's constraint.
func.func @elementwise_c1(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.bitwise_not' op operand #0 must be ranked tensor of}}
  %0 = "etch.bitwise_not"(%x) : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<3xi32>) {
  // expected-error@+1 {{'etch.bitwise_not' op result is declared as i32[4]; operands and attributes give i32[3]}}
  %0 = "etch.bitwise_not"(%x) : (tensor<3xi32>) -> tensor<4xi32>
  return
}
