// RUN: etch-opt %s -split-input-file -verify-diagnostics

// convolution_c1: elements are numbers of one dtype.
func.func @convolution_c1(%x: tensor<1x5x4x2xf32>, %y: tensor<3x3x2x6xf64>) {
  // expected-error@+1 {{'etch.convolution' op operands have different dtypes: f32[1,5,4,2] and f64[3,3,2,6]}}
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x5x4x2xf32>, tensor<3x3x2x6xf64>) -> tensor<1x5x4x6xf32>
  return
}

// -----

// convolution_c2: both have a batch, a feature and the spatial axes.
func.func @convolution_c2(%x: tensor<1x5x4x2xf32>, %y: tensor<3x2x6xf32>) {
  // expected-error@+1 {{'etch.convolution' op needs operands of one rank of at least 2; got f32[1,5,4,2] and f32[3,2,6]}}
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x5x4x2xf32>, tensor<3x2x6xf32>) -> tensor<1x5x4x6xf32>
  return
}

// -----

// convolution_c3: axes are named once.
func.func @convolution_c3(%x: tensor<1x5x4x2xf32>, %y: tensor<3x3x2x6xf32>) {
  // expected-error@+1 {{'etch.convolution' op lhs_axes must name each of 4 axes once; got [0,3,1,1]}}
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 1] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x5x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<1x5x4x6xf32>
  return
}

// -----

// convolution_c4: there is an entry for each spatial axis.
func.func @convolution_c4(%x: tensor<1x5x4x2xf32>, %y: tensor<3x3x2x6xf32>) {
  // expected-error@+1 {{'etch.convolution' op strides needs one entry for each of 2 spatial axes; got [1]}}
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x5x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<1x5x4x6xf32>
  return
}

// -----

// convolution_c5: groups are positive, and of one kind.
func.func @convolution_c5(%x: tensor<1x5x4x2xf32>, %y: tensor<3x3x2x6xf32>) {
  // expected-error@+1 {{'etch.convolution' op features or batches may be in groups, not both; got 2 and 2}}
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 2 x 2 : (tensor<1x5x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<1x5x4x6xf32>
  return
}

// -----

// convolution_c6: groups divide what they group.
func.func @convolution_c6(%x: tensor<1x5x4x2xf32>, %y: tensor<3x3x2x6xf32>) {
  // expected-error@+1 {{'etch.convolution' op 2 features of f32[1,5,4,2] do not divide into 3 groups}}
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 3 x 1 : (tensor<1x5x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<1x5x4x6xf32>
  return
}

// -----

// convolution_c7: filters have the input features of their group.
func.func @convolution_c7(%x: tensor<1x5x4x3xf32>, %y: tensor<3x3x2x6xf32>) {
  // expected-error@+1 {{'etch.convolution' op filters f32[3,3,2,6] take 2 input features in each of 1 group; f32[1,5,4,3] has 3}}
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x5x4x3xf32>, tensor<3x3x2x6xf32>) -> tensor<1x5x4x6xf32>
  return
}

// -----

// window_c1: strides and dilations are positive.
func.func @window_c1(%x: tensor<1x5x4x2xf32>, %y: tensor<3x3x2x6xf32>) {
  // expected-error@+1 {{'etch.convolution' op spatial axis 1 of f32[1,5,4,2]: stride 0 is not positive}}
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 0] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x5x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<1x5x4x6xf32>
  return
}

// -----

// window_c2: what is cut at the ends is there.
func.func @window_c2(%x: tensor<1x5x4x2xf32>, %y: tensor<3x3x2x6xf32>) {
  // expected-error@+1 {{'etch.convolution' op spatial axis 0 of f32[1,5,4,2]: paddings -4 and -2 cut more than the 5 elements there are}}
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [-4, 1] high = [-2, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x5x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<1x5x4x6xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<1x5x4x2xf32>, %y: tensor<3x3x2x6xf32>) {
  // expected-error@+1 {{'etch.convolution' op result is declared as f32[1,5,5,6]; operands and attributes give f32[1,5,4,6]}}
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x5x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<1x5x5x6xf32>
  return
}
