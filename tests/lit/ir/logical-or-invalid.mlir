// RUN: etch-opt %s -split-input-file -verify-diagnostics

// elementwise_c1: element types are those of the op's constraint.
func.func @elementwise_c1(%x: tensor<3xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{'etch.logical_or' op operand #0 must be ranked tensor of}}
  %0 = "etch.logical_or"(%x, %y) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

// elementwise_c3: ranks and known extents are equal.
func.func @elementwise_c3_extents(%x: tensor<2x3xi1>, %y: tensor<3x2xi1>) {
  // expected-error@+1 {{'etch.logical_or' op operands have different shapes: bool[2,3] and bool[3,2]}}
  %0 = "etch.logical_or"(%x, %y) : (tensor<2x3xi1>, tensor<3x2xi1>) -> tensor<2x3xi1>
  return
}

// -----

// elementwise_c3: ranks and known extents are equal.
func.func @elementwise_c3_ranks(%x: tensor<3xi1>, %y: tensor<1x3xi1>) {
  // expected-error@+1 {{'etch.logical_or' op operands have different shapes: bool[3] and bool[1,3]}}
  %0 = "etch.logical_or"(%x, %y) : (tensor<3xi1>, tensor<1x3xi1>) -> tensor<3xi1>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<3xi1>, %y: tensor<3xi1>) {
  // expected-error@+1 {{'etch.logical_or' op result is declared as bool[4]; operands and attributes give bool[3]}}
  %0 = "etch.logical_or"(%x, %y) : (tensor<3xi1>, tensor<3xi1>) -> tensor<4xi1>
  return
}
