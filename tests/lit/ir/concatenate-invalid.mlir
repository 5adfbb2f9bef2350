// RUN: etch-opt %s -split-input-file -verify-diagnostics

// concatenate_c1: there is something to join.
func.func @concatenate_c1() {
  // expected-error@+1 {{'etch.concatenate' op needs at least one tensor}}
  %0 = "etch.concatenate"() <{axis = 0 : i64}> : () -> tensor<2xf32>
  return
}

// -----

// concatenate_c2: element types are equal.
func.func @concatenate_c2(%x: tensor<2xf32>, %y: tensor<2xi32>) {
  // expected-error@+1 {{'etch.concatenate' op operands have different dtypes: f32[2] and i32[2]}}
  %0 = etch.concatenate %x, %y axis = 0 : (tensor<2xf32>, tensor<2xi32>) -> tensor<4xf32>
  return
}

// -----

// concatenate_c3: ranks are equal.
func.func @concatenate_c3(%x: tensor<2xf32>, %y: tensor<2x1xf32>) {
  // expected-error@+1 {{'etch.concatenate' op operands have different ranks: f32[2] and f32[2,1]}}
  %0 = etch.concatenate %x, %y axis = 0 : (tensor<2xf32>, tensor<2x1xf32>) -> tensor<4xf32>
  return
}

// -----

// concatenate_c4: the axis is in range.
func.func @concatenate_c4(%x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.concatenate' op axis 1 is out of range for f32[2]}}
  %0 = etch.concatenate %x axis = 1 : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

// concatenate_c5: all other extents are equal.
func.func @concatenate_c5(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) {
  // expected-error@+1 {{'etch.concatenate' op extents of axis 1 differ: 3 in f32[2,3] and 4 in f32[2,4]}}
  %0 = etch.concatenate %x, %y axis = 0 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{'etch.concatenate' op result is declared as f32[6]; operands and attributes give f32[5]}}
  %0 = etch.concatenate %x, %y axis = 0 : (tensor<2xf32>, tensor<3xf32>) -> tensor<6xf32>
  return
}
