// RUN: etch-opt %s -split-input-file -verify-diagnostics

// elementwise_c2: element types are equal.
func.func @elementwise_c2(%x: tensor<3xf32>, %y: tensor<3xi32>) {
  // expected-error@+1 {{'etch.greater_equal' op operands have different dtypes: f32[3] and i32[3]}}
  %0 = etch.greater_equal %x, %y : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xi1>
  return
}

// -----

// elementwise_c3: ranks and known extents are equal.
func.func @elementwise_c3(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{'etch.greater_equal' op operands have different shapes: f32[2] and f32[3]}}
  %0 = etch.greater_equal %x, %y : (tensor<2xf32>, tensor<3xf32>) -> tensor<2xi1>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<3xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{'etch.greater_equal' op result is declared as bool[4]; operands and attributes give bool[3]}}
  %0 = etch.greater_equal %x, %y : (tensor<3xf32>, tensor<3xf32>) -> tensor<4xi1>
  return
}

// -----

// The result is boolean.
func.func @result_dtype(%x: tensor<3xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{'etch.greater_equal' op result #0 must be ranked tensor of}}
  %0 = etch.greater_equal %x, %y : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}
