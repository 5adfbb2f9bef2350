// RUN: etch-opt %s -split-input-file -verify-diagnostics

// take_c1: indices are i32 or i64.
func.func @take_c1(%x: tensor<3xf32>, %i: tensor<2xf32>) {
  // expected-error@+1 {{'etch.take' op operand #1 must be ranked tensor of 32-bit signless integer or 64-bit signless integer values}}
  %0 = etch.take %x, %i axis = 0 : (tensor<3xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

// take_c2: the axis is in range.
func.func @take_c2(%x: tensor<3xf32>, %i: tensor<2xi32>) {
  // expected-error@+1 {{'etch.take' op axis 1 is out of range for f32[3]}}
  %0 = etch.take %x, %i axis = 1 : (tensor<3xf32>, tensor<2xi32>) -> tensor<2xf32>
  return
}

// -----

// take_c3: the rank of what is picked is supported.
func.func @take_c3(%x: tensor<1x1x1x1x1xf32>, %i: tensor<1x1x1x1x1xi32>) {
  // expected-error@+1 {{'etch.take' op slices of f32[1,1,1,1,1] at indices i32[1,1,1,1,1] have rank 9; at most 8 axes are supported}}
  %0 = etch.take %x, %i axis = 0 : (tensor<1x1x1x1x1xf32>, tensor<1x1x1x1x1xi32>) -> tensor<f32>
  return
}

// -----

// take_c4: no index can be clamped into an empty axis.
func.func @take_c4(%x: tensor<0x4xf32>, %i: tensor<2xi32>) {
  // expected-error@+1 {{'etch.take' op axis 0 of f32[0,4] is empty: there is nothing to take}}
  %0 = etch.take %x, %i axis = 0 : (tensor<0x4xf32>, tensor<2xi32>) -> tensor<2x4xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<3xf32>, %i: tensor<2xi32>) {
  // expected-error@+1 {{'etch.take' op result is declared as f32[3]; operands and attributes give f32[2]}}
  %0 = etch.take %x, %i axis = 0 : (tensor<3xf32>, tensor<2xi32>) -> tensor<3xf32>
  return
}
