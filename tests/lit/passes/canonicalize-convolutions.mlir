// RUN: etch-opt %s --etch-canonicalize-convolutions | FileCheck %s

// Channels last: left alone.
// CHECK-LABEL: func.func @channels_last
// CHECK-NEXT: etch.convolution %arg0, %arg1 axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2]
// CHECK-NEXT: return
func.func @channels_last(%x: tensor<2x8x9x3xf32>, %w: tensor<3x3x3x5xf32>) -> tensor<2x6x7x5xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x8x9x3xf32>, tensor<3x3x3x5xf32>) -> tensor<2x6x7x5xf32>
  return %0 : tensor<2x6x7x5xf32>
}

// CHECK-LABEL: func.func @channels_first
// CHECK: %[[X:.*]] = etch.transpose %arg0 permutation = [0, 2, 3, 1]
// CHECK: %[[W:.*]] = etch.transpose %arg1 permutation = [2, 3, 1, 0]
// CHECK: %[[R:.*]] = etch.convolution %[[X]], %[[W]] axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] {{.*}} -> tensor<2x6x7x5xf32>
// CHECK: etch.transpose %[[R]] permutation = [0, 3, 1, 2]
func.func @channels_first(%x: tensor<2x3x8x9xf32>, %w: tensor<5x3x3x3xf32>) -> tensor<2x5x6x7xf32> {
  %0 = etch.convolution %x, %w axes = [0, 1, 2, 3] x [0, 1, 2, 3] to [0, 1, 2, 3] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x3x8x9xf32>, tensor<5x3x3x3xf32>) -> tensor<2x5x6x7xf32>
  return %0 : tensor<2x5x6x7xf32>
}

// The derivative by the filters of the first function has a layout of its own.
// CHECK-LABEL: func.func @filter_gradient
// CHECK-NEXT: etch.convolution %arg0, %arg1 axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1]
// CHECK-NEXT: return
func.func @filter_gradient(%x: tensor<2x8x9x3xf32>, %g: tensor<2x6x7x5xf32>) -> tensor<3x3x3x5xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x8x9x3xf32>, tensor<2x6x7x5xf32>) -> tensor<3x3x3x5xf32>
  return %0 : tensor<3x3x3x5xf32>
}

// That of the second: x and the cotangent are transposed as they were in the forward direction.
// CHECK-LABEL: func.func @filter_gradient_channels_first
// CHECK: %[[X:.*]] = etch.transpose %arg0 permutation = [0, 2, 3, 1]
// CHECK: %[[G:.*]] = etch.transpose %arg1 permutation = [0, 2, 3, 1]
// CHECK: %[[R:.*]] = etch.convolution %[[X]], %[[G]] axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1]
// CHECK: etch.transpose %[[R]] permutation = [3, 2, 0, 1]
func.func @filter_gradient_channels_first(%x: tensor<2x3x8x9xf32>, %g: tensor<2x5x6x7xf32>) -> tensor<5x3x3x3xf32> {
  %0 = etch.convolution %x, %g axes = [1, 0, 2, 3] x [1, 0, 2, 3] to [1, 0, 2, 3] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x3x8x9xf32>, tensor<2x5x6x7xf32>) -> tensor<5x3x3x3xf32>
  return %0 : tensor<5x3x3x3xf32>
}

// A window of one element is a product; strides leave elements out.
// CHECK-LABEL: func.func @product
// CHECK: %[[X:.*]] = etch.slice %arg0 starts = [0, 0, 0, 0] limits = [2, 8, 9, 3] strides = [1, 2, 1, 1]
// CHECK: %[[W:.*]] = etch.reshape %arg1 shape = [3, 5]
// CHECK: etch.dot_general %[[X]], %[[W]] batch = [] x [] contract = [3] x [0] : (tensor<2x4x9x3xf32>, tensor<3x5xf32>) -> tensor<2x4x9x5xf32>
// CHECK-NOT: etch.convolution
func.func @product(%x: tensor<2x8x9x3xf32>, %w: tensor<1x1x3x5xf32>) -> tensor<2x4x9x5xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [2, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x8x9x3xf32>, tensor<1x1x3x5xf32>) -> tensor<2x4x9x5xf32>
  return %0 : tensor<2x4x9x5xf32>
}

// CHECK-LABEL: func.func @half
// CHECK: %[[X:.*]] = etch.cast %arg0 {{.*}} -> tensor<2x8x3xf32>
// CHECK: %[[W:.*]] = etch.cast %arg1 {{.*}} -> tensor<3x3x5xf32>
// CHECK: %[[R:.*]] = etch.convolution %[[X]], %[[W]] {{.*}} -> tensor<2x6x5xf32>
// CHECK: etch.cast %[[R]] {{.*}} -> tensor<2x6x5xf16>
func.func @half(%x: tensor<2x8x3xf16>, %w: tensor<3x3x5xf16>) -> tensor<2x6x5xf16> {
  %0 = etch.convolution %x, %w axes = [0, 2, 1] x [2, 1, 0] to [0, 2, 1] strides = [1] low = [0] high = [0] dilation = [1] x [1] groups = 1 x 1 : (tensor<2x8x3xf16>, tensor<3x3x5xf16>) -> tensor<2x6x5xf16>
  return %0 : tensor<2x6x5xf16>
}
