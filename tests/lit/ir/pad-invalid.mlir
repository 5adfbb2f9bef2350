// RUN: etch-opt %s -split-input-file -verify-diagnostics

// pad_c1: the value is a scalar of the operand's element type.
func.func @pad_c1_dtype(%x: tensor<2xf32>, %v: tensor<f64>) {
  // expected-error@+1 {{'etch.pad' op needs a scalar f32[] to pad f32[2] with; got f64[]}}
  %0 = etch.pad %x, %v low = [1] high = [1] interior = [0] : (tensor<2xf32>, tensor<f64>) -> tensor<4xf32>
  return
}

// -----

// pad_c1: the value is a scalar of the operand's element type.
func.func @pad_c1_rank(%x: tensor<2xf32>, %v: tensor<1xf32>) {
  // expected-error@+1 {{'etch.pad' op needs a scalar f32[] to pad f32[2] with; got f32[1]}}
  %0 = etch.pad %x, %v low = [1] high = [1] interior = [0] : (tensor<2xf32>, tensor<1xf32>) -> tensor<4xf32>
  return
}

// -----

// pad_c2: every list has one entry for each axis.
func.func @pad_c2(%x: tensor<2xf32>, %v: tensor<f32>) {
  // expected-error@+1 {{'etch.pad' op low needs one entry for each axis of f32[2]; got []}}
  %0 = etch.pad %x, %v low = [] high = [1] interior = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
  return
}

// -----

// pad_c3: interior padding is not negative.
func.func @pad_c3(%x: tensor<2xf32>, %v: tensor<f32>) {
  // expected-error@+1 {{'etch.pad' op axis 0 of f32[2]: interior padding -1 is negative}}
  %0 = etch.pad %x, %v low = [1] high = [1] interior = [-1] : (tensor<2xf32>, tensor<f32>) -> tensor<3xf32>
  return
}

// -----

// pad_c4: the result's extents are not negative.
func.func @pad_c4(%x: tensor<2xf32>, %v: tensor<f32>) {
  // expected-error@+1 {{'etch.pad' op axis 0 of f32[2]: low -3, high 0 and interior 0 make the extent negative}}
  %0 = etch.pad %x, %v low = [-3] high = [0] interior = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<0xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<2xf32>, %v: tensor<f32>) {
  // expected-error@+1 {{'etch.pad' op result is declared as f32[3]; operands and attributes give f32[4]}}
  %0 = etch.pad %x, %v low = [1] high = [1] interior = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<3xf32>
  return
}
