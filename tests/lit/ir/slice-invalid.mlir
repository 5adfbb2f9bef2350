// RUN: etch-opt %s -split-input-file -verify-diagnostics

// slice_c1: every list has one entry for each axis.
func.func @slice_c1(%x: tensor<10xf32>) {
  // expected-error@+1 {{'etch.slice' op limits needs one entry for each axis of f32[10]; got [5,5]}}
  %0 = etch.slice %x starts = [0] limits = [5, 5] strides = [1] : (tensor<10xf32>) -> tensor<5xf32>
  return
}

// -----

// slice_c2: strides are positive.
func.func @slice_c2(%x: tensor<10xf32>) {
  // expected-error@+1 {{'etch.slice' op axis 0 of f32[10]: stride 0 is not positive}}
  %0 = etch.slice %x starts = [0] limits = [5] strides = [0] : (tensor<10xf32>) -> tensor<5xf32>
  return
}

// -----

// slice_c3: starts are not negative.
func.func @slice_c3(%x: tensor<10xf32>) {
  // expected-error@+1 {{'etch.slice' op axis 0 of f32[10]: start -1 is negative}}
  %0 = etch.slice %x starts = [-1] limits = [5] strides = [1] : (tensor<10xf32>) -> tensor<6xf32>
  return
}

// -----

// slice_c4: -1 for the end of the axis is for unknown extents.
func.func @slice_c4(%x: tensor<10xf32>) {
  // expected-error@+1 {{'etch.slice' op axis 0 of f32[10]: limit -1 is for unknown extents; the end of this axis is 10}}
  %0 = etch.slice %x starts = [0] limits = [-1] strides = [1] : (tensor<10xf32>) -> tensor<10xf32>
  return
}

// -----

// slice_c5: limits are inside the axis.
func.func @slice_c5(%x: tensor<10xf32>) {
  // expected-error@+1 {{'etch.slice' op axis 0 of f32[10]: limit 11 is above the extent 10}}
  %0 = etch.slice %x starts = [0] limits = [11] strides = [1] : (tensor<10xf32>) -> tensor<11xf32>
  return
}

// -----

// slice_c6: starts are not above limits.
func.func @slice_c6(%x: tensor<10xf32>) {
  // expected-error@+1 {{'etch.slice' op axis 0 of f32[10]: start 6 is above limit 5}}
  %0 = etch.slice %x starts = [6] limits = [5] strides = [1] : (tensor<10xf32>) -> tensor<0xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<10xf32>) {
  // expected-error@+1 {{'etch.slice' op result is declared as f32[3]; operands and attributes give f32[4]}}
  %0 = etch.slice %x starts = [0] limits = [10] strides = [3] : (tensor<10xf32>) -> tensor<3xf32>
  return
}
