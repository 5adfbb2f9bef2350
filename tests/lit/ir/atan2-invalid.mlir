// RUN: etch-opt %s -split-input-file -verify-diagnostics

// elementwise_c1: element types are those of the op's constraint.
func.func @elementwise_c1(%x: tensor<3xi32>, %y: tensor<3xi32>) {
  // expected-error@+1 {{'etch.atan2' op operand #0 must be ranked tensor of floating-point values}}
  %0 = "etch.atan2"(%x, %y) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
  return
}

// -----

// elementwise_c2: element types are equal.
func.func @elementwise_c2(%x: tensor<3xf32>, %y: tensor<3xf64>) {
  // expected-error@+1 {{'etch.atan2' op operands have different dtypes: f32[3] and f64[3]}}
  %0 = "etch.atan2"(%x, %y) : (tensor<3xf32>, tensor<3xf64>) -> tensor<3xf32>
  return
}

// -----

// elementwise_c3: ranks and known extents are equal.
func.func @elementwise_c3_extents(%x: tensor<2x3xf32>, %y: tensor<3x2xf32>) {
  // expected-error@+1 {{'etch.atan2' op operands have different shapes: f32[2,3] and f32[3,2]}}
  %0 = "etch.atan2"(%x, %y) : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x3xf32>
  return
}

// -----

// elementwise_c3: ranks and known extents are equal.
func.func @elementwise_c3_ranks(%x: tensor<3xf32>, %y: tensor<1x3xf32>) {
  // expected-error@+1 {{'etch.atan2' op operands have different shapes: f32[3] and f32[1,3]}}
  %0 = "etch.atan2"(%x, %y) : (tensor<3xf32>, tensor<1x3xf32>) -> tensor<3xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<3xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{'etch.atan2' op result is declared as f32[4]; operands and attributes give f32[3]}}
  %0 = "etch.atan2"(%x, %y) : (tensor<3xf32>, tensor<3xf32>) -> tensor<4xf32>
  return
}
