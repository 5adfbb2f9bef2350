// RUN: etch-opt %s -split-input-file -verify-diagnostics

// elementwise_c1: element types are those of the op's constraint.
func.func @elementwise_c1(%x: tensor<3xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{'etch.bitwise_xor' op operand #0 must be ranked tensor of}}
  %0 = "etch.bitwise_xor"(%x, %y) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

// elementwise_c3: ranks and known extents are equal.
func.func @elementwise_c3_extents(%x: tensor<2x3xi32>, %y: tensor<3x2xi32>) {
  // expected-error@+1 {{'etch.bitwise_xor' op operands have different shapes: i32[2,3] and i32[3,2]}}
  %0 = "etch.bitwise_xor"(%x, %y) : (tensor<2x3xi32>, tensor<3x2xi32>) -> tensor<2x3xi32>
  return
}

// -----

// elementwise_c3: ranks and known extents are equal.
func.func @elementwise_c3_ranks(%x: tensor<3xi32>, %y: tensor<1x3xi32>) {
  // expected-error@+1 {{'etch.bitwise_xor' op operands have different shapes: i32[3] and i32[1,3]}}
  %0 = "etch.bitwise_xor"(%x, %y) : (tensor<3xi32>, tensor<1x3xi32>) -> tensor<3xi32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<3xi32>, %y: tensor<3xi32>) {
  // expected-error@+1 {{'etch.bitwise_xor' op result is declared as i32[4]; operands and attributes give i32[3]}}
  %0 = "etch.bitwise_xor"(%x, %y) : (tensor<3xi32>, tensor<3xi32>) -> tensor<4xi32>
  return
}
