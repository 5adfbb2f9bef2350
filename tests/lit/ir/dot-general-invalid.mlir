// RUN: etch-opt %s -split-input-file -verify-diagnostics

// dot_general_c1: element types are numbers.
func.func @dot_general_c1(%x: tensor<3xi1>, %y: tensor<3xi1>) {
  // expected-error@+1 {{'etch.dot_general' op operand #0 must be ranked tensor of number values}}
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [0] x [0] : (tensor<3xi1>, tensor<3xi1>) -> tensor<f32>
  return
}

// -----

// dot_general_c2: element types are equal.
func.func @dot_general_c2(%x: tensor<2x3xf32>, %y: tensor<3x4xf64>) {
  // expected-error@+1 {{'etch.dot_general' op operands have different dtypes: f32[2,3] and f64[3,4]}}
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf64>) -> tensor<2x4xf32>
  return
}

// -----

// dot_general_c3: the lists of both sides pair up.
func.func @dot_general_c3_batch(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{'etch.dot_general' op numbers of batch axes differ: 1 of lhs and 0 of rhs}}
  %0 = etch.dot_general %x, %y batch = [0] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// dot_general_c3: the lists of both sides pair up.
func.func @dot_general_c3_contract(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{'etch.dot_general' op numbers of contracting axes differ: 1 of lhs and 0 of rhs}}
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// dot_general_c4: axes are in range.
func.func @dot_general_c4(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{'etch.dot_general' op axis 2 is out of range for lhs f32[2,3]}}
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [2] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// dot_general_c5: an axis is batch or contracting, and named once.
func.func @dot_general_c5(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{'etch.dot_general' op axis 0 of rhs is listed twice}}
  %0 = etch.dot_general %x, %y batch = [0] x [0] contract = [1] x [0] : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

// dot_general_c6: paired batch axes have one extent.
func.func @dot_general_c6(%x: tensor<2x3xf32>, %y: tensor<4x3xf32>) {
  // expected-error@+1 {{'etch.dot_general' op batch extents differ: 2 (axis 0 of lhs f32[2,3]) and 4 (axis 0 of rhs f32[4,3])}}
  %0 = etch.dot_general %x, %y batch = [0] x [0] contract = [1] x [1] : (tensor<2x3xf32>, tensor<4x3xf32>) -> tensor<2xf32>
  return
}

// -----

// dot_general_c7: paired contracting axes have one extent.
func.func @dot_general_c7(%x: tensor<2x3xf32>, %y: tensor<4x5xf32>) {
  // expected-error@+1 {{'etch.dot_general' op contracting extents differ: 3 (axis 1 of lhs f32[2,3]) and 4 (axis 0 of rhs f32[4,5])}}
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

// dot_general_c8: the result's rank is supported.
func.func @dot_general_c8(%x: tensor<1x1x1x1x1xf32>, %y: tensor<1x1x1x1xf32>) {
  // expected-error@+1 {{'etch.dot_general' op the product of f32[1,1,1,1,1] and f32[1,1,1,1] has rank 9; at most 8 axes are supported}}
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [] x [] : (tensor<1x1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<f32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{'etch.dot_general' op result is declared as f32[4,2]; operands and attributes give f32[2,4]}}
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<4x2xf32>
  return
}
