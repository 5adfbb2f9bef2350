// RUN: etch-opt %s -split-input-file -verify-diagnostics

// select_and_gather_c1: values are like the operand.
func.func @select_and_gather_c1(%x: tensor<1x4x4x3xf32>, %y: tensor<1x2x2x3xf32>) {
  // expected-error@+1 {{'etch.select_and_gather' op needs values like f32[1,4,4,3]; got f32[1,2,2,3]}}
  %0 = etch.select_and_gather %x, %y window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>, tensor<1x2x2x3xf32>) -> tensor<1x2x2x3xf32>
  return
}

// -----

// reduce_window_c2: every list has one entry for each axis.
func.func @reduce_window_c2(%x: tensor<1x4x4x3xf32>, %y: tensor<1x4x4x3xf32>) {
  // expected-error@+1 {{'etch.select_and_gather' op low needs one entry for each axis of f32[1,4,4,3]; got []}}
  %0 = etch.select_and_gather %x, %y window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>, tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<1x4x4x3xf32>, %y: tensor<1x4x4x3xf32>) {
  // expected-error@+1 {{'etch.select_and_gather' op result is declared as f32[1,2,2,4]; operands and attributes give f32[1,2,2,3]}}
  %0 = etch.select_and_gather %x, %y window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>, tensor<1x4x4x3xf32>) -> tensor<1x2x2x4xf32>
  return
}
