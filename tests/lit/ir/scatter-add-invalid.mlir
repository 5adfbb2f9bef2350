// RUN: etch-opt %s -split-input-file -verify-diagnostics

// scatter_add_c1: indices are i32 or i64.
func.func @scatter_add_c1(%x: tensor<3xf32>, %i: tensor<2xf32>, %u: tensor<2xf32>) {
  // expected-error@+1 {{'etch.scatter_add' op operand #1 must be ranked tensor of 32-bit signless integer or 64-bit signless integer values}}
  %0 = etch.scatter_add %x, %i, %u axis = 0 : (tensor<3xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

// scatter_add_c2: the axis is in range.
func.func @scatter_add_c2(%x: tensor<3xf32>, %i: tensor<2xi32>, %u: tensor<2xf32>) {
  // expected-error@+1 {{'etch.scatter_add' op axis 1 is out of range for f32[3]}}
  %0 = etch.scatter_add %x, %i, %u axis = 1 : (tensor<3xf32>, tensor<2xi32>, tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

// scatter_add_c3: the rank of what is picked is supported.
func.func @scatter_add_c3(%x: tensor<1x1x1x1x1xf32>, %i: tensor<1x1x1x1x1xi32>, %u: tensor<1xf32>) {
  // expected-error@+1 {{'etch.scatter_add' op slices of f32[1,1,1,1,1] at indices i32[1,1,1,1,1] have rank 9; at most 8 axes are supported}}
  %0 = etch.scatter_add %x, %i, %u axis = 0 : (tensor<1x1x1x1x1xf32>, tensor<1x1x1x1x1xi32>, tensor<1xf32>) -> tensor<1x1x1x1x1xf32>
  return
}

// -----

// scatter_add_c4: elements are numbers.
func.func @scatter_add_c4(%x: tensor<3xi1>, %i: tensor<2xi32>, %u: tensor<2xi1>) {
  // expected-error@+1 {{'etch.scatter_add' op operand #0 must be ranked tensor of number values}}
  %0 = etch.scatter_add %x, %i, %u axis = 0 : (tensor<3xi1>, tensor<2xi32>, tensor<2xi1>) -> tensor<3xi1>
  return
}

// -----

// scatter_add_c5: updates have the operand's element type.
func.func @scatter_add_c5(%x: tensor<3xf32>, %i: tensor<2xi32>, %u: tensor<2xf64>) {
  // expected-error@+1 {{'etch.scatter_add' op operand and updates have different dtypes: f32[3] and f64[2]}}
  %0 = etch.scatter_add %x, %i, %u axis = 0 : (tensor<3xf32>, tensor<2xi32>, tensor<2xf64>) -> tensor<3xf32>
  return
}

// -----

// scatter_add_c6: updates have the shape of what take would pick.
func.func @scatter_add_c6(%x: tensor<3x4xf32>, %i: tensor<2xi32>, %u: tensor<4x2xf32>) {
  // expected-error@+1 {{'etch.scatter_add' op updates at indices i32[2] along axis 0 of f32[3,4] are f32[2,4]; got f32[4,2]}}
  %0 = etch.scatter_add %x, %i, %u axis = 0 : (tensor<3x4xf32>, tensor<2xi32>, tensor<4x2xf32>) -> tensor<3x4xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<3xf32>, %i: tensor<2xi32>, %u: tensor<2xf32>) {
  // expected-error@+1 {{'etch.scatter_add' op result is declared as f32[2]; operands and attributes give f32[3]}}
  %0 = etch.scatter_add %x, %i, %u axis = 0 : (tensor<3xf32>, tensor<2xi32>, tensor<2xf32>) -> tensor<2xf32>
  return
}
