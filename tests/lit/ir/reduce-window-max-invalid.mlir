// RUN: etch-opt %s -split-input-file -verify-diagnostics

// reduce_window_c1: elements are numbers.
func.func @reduce_window_c1(%x: tensor<1x4x4x3xi1>) {
  // expected-error@+1 {{'etch.reduce_window_max' op operand #0 must be ranked tensor of number values}}
  %0 = etch.reduce_window_max %x window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xi1>) -> tensor<1x2x2x3xi1>
  return
}

// -----

// reduce_window_c2: every list has one entry for each axis.
func.func @reduce_window_c2(%x: tensor<1x4x4x3xf32>) {
  // expected-error@+1 {{'etch.reduce_window_max' op strides needs one entry for each axis of f32[1,4,4,3]; got [2,2]}}
  %0 = etch.reduce_window_max %x window = [1, 2, 2, 1] strides = [2, 2] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return
}

// -----

// reduce_window_c3: windows are positive.
func.func @reduce_window_c3(%x: tensor<1x4x4x3xf32>) {
  // expected-error@+1 {{'etch.reduce_window_max' op axis 1 of f32[1,4,4,3]: window 0 is not positive}}
  %0 = etch.reduce_window_max %x window = [1, 0, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return
}

// -----

// window_c1: strides and dilations are positive.
func.func @window_c1(%x: tensor<1x4x4x3xf32>) {
  // expected-error@+1 {{'etch.reduce_window_max' op axis 2 of f32[1,4,4,3]: stride -1 is not positive}}
  %0 = etch.reduce_window_max %x window = [1, 2, 2, 1] strides = [1, 1, -1, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return
}

// -----

// window_c2: what is cut at the ends is there.
func.func @window_c2(%x: tensor<1x4x4x3xf32>) {
  // expected-error@+1 {{'etch.reduce_window_max' op axis 1 of f32[1,4,4,3]: paddings -3 and -2 cut more than the 4 elements there are}}
  %0 = etch.reduce_window_max %x window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, -3, 0, 0] high = [0, -2, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<1x4x4x3xf32>) {
  // expected-error@+1 {{'etch.reduce_window_max' op result is declared as f32[1,2,3,3]; operands and attributes give f32[1,2,2,3]}}
  %0 = etch.reduce_window_max %x window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>) -> tensor<1x2x3x3xf32>
  return
}
