// RUN: etch-opt %s -split-input-file -verify-diagnostics

// dynamic_update_slice_c1: there is one start for each axis.
func.func @dynamic_update_slice_c1(%x: tensor<4xf32>, %u: tensor<2xf32>) {
  // expected-error@+1 {{'etch.dynamic_update_slice' op needs one start for each axis of f32[4]; got 0}}
  %0 = etch.dynamic_update_slice %x, %u : (tensor<4xf32>, tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

// dynamic_update_slice_c2: starts are i64 scalars.
func.func @dynamic_update_slice_c2(%x: tensor<4xf32>, %u: tensor<2xf32>, %i: tensor<i32>) {
  // expected-error@+1 {{'etch.dynamic_update_slice' op operand #2 must be variadic of 0D tensor of 64-bit signless integer values}}
  %0 = etch.dynamic_update_slice %x, %u starts %i : (tensor<4xf32>, tensor<2xf32>, tensor<i32>) -> tensor<4xf32>
  return
}

// -----

// dynamic_update_slice_c3: element types are equal.
func.func @dynamic_update_slice_c3(%x: tensor<4xf32>, %u: tensor<2xi32>, %i: tensor<i64>) {
  // expected-error@+1 {{'etch.dynamic_update_slice' op operand and update have different dtypes: f32[4] and i32[2]}}
  %0 = etch.dynamic_update_slice %x, %u starts %i : (tensor<4xf32>, tensor<2xi32>, tensor<i64>) -> tensor<4xf32>
  return
}

// -----

// dynamic_update_slice_c4: ranks are equal.
func.func @dynamic_update_slice_c4(%x: tensor<4xf32>, %u: tensor<2x1xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{'etch.dynamic_update_slice' op operand and update have different ranks: f32[4] and f32[2,1]}}
  %0 = etch.dynamic_update_slice %x, %u starts %i : (tensor<4xf32>, tensor<2x1xf32>, tensor<i64>) -> tensor<4xf32>
  return
}

// -----

// dynamic_update_slice_c5: the update fits into the operand.
func.func @dynamic_update_slice_c5(%x: tensor<4xf32>, %u: tensor<5xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{'etch.dynamic_update_slice' op extent 5 of axis 0 of update f32[5] is above the extent 4 of f32[4]}}
  %0 = etch.dynamic_update_slice %x, %u starts %i : (tensor<4xf32>, tensor<5xf32>, tensor<i64>) -> tensor<4xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<4xf32>, %u: tensor<2xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{'etch.dynamic_update_slice' op result is declared as f32[2]; operands and attributes give f32[4]}}
  %0 = etch.dynamic_update_slice %x, %u starts %i : (tensor<4xf32>, tensor<2xf32>, tensor<i64>) -> tensor<2xf32>
  return
}
