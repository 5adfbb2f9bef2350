// RUN: etch-opt %s -split-input-file -verify-diagnostics

// dynamic_slice_c1: there is one start for each axis.
func.func @dynamic_slice_c1(%x: tensor<4x5xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{'etch.dynamic_slice' op needs one start for each axis of f32[4,5]; got 1}}
  %0 = etch.dynamic_slice %x starts %i sizes = [2, 5] : (tensor<4x5xf32>, tensor<i64>) -> tensor<2x5xf32>
  return
}

// -----

// dynamic_slice_c2: starts are i64 scalars.
func.func @dynamic_slice_c2(%x: tensor<4xf32>, %i: tensor<i32>) {
  // expected-error@+1 {{'etch.dynamic_slice' op operand #1 must be variadic of 0D tensor of 64-bit signless integer values}}
  %0 = etch.dynamic_slice %x starts %i sizes = [2] : (tensor<4xf32>, tensor<i32>) -> tensor<2xf32>
  return
}

// -----

// dynamic_slice_c3: sizes has one entry for each axis.
func.func @dynamic_slice_c3(%x: tensor<4xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{'etch.dynamic_slice' op sizes needs one entry for each axis of f32[4]; got 2}}
  %0 = etch.dynamic_slice %x starts %i sizes = [2, 2] : (tensor<4xf32>, tensor<i64>) -> tensor<2xf32>
  return
}

// -----

// dynamic_slice_c4: sizes are between 0 and the extents.
func.func @dynamic_slice_c4_negative(%x: tensor<4xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{'etch.dynamic_slice' op size -1 of axis 0 is negative}}
  %0 = etch.dynamic_slice %x starts %i sizes = [-1] : (tensor<4xf32>, tensor<i64>) -> tensor<?xf32>
  return
}

// -----

// dynamic_slice_c4: sizes are between 0 and the extents.
func.func @dynamic_slice_c4_above(%x: tensor<4xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{'etch.dynamic_slice' op size 5 of axis 0 is above the extent 4 of f32[4]}}
  %0 = etch.dynamic_slice %x starts %i sizes = [5] : (tensor<4xf32>, tensor<i64>) -> tensor<5xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<4xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{'etch.dynamic_slice' op result is declared as f32[3]; operands and attributes give f32[2]}}
  %0 = etch.dynamic_slice %x starts %i sizes = [2] : (tensor<4xf32>, tensor<i64>) -> tensor<3xf32>
  return
}
