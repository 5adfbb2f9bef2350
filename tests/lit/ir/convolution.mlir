// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @convolution(
// CHECK: etch.convolution %{{.*}}, %{{.*}} axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x5x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<1x5x4x6xf32>
func.func @convolution(%x: tensor<1x5x4x2xf32>, %y: tensor<3x3x2x6xf32>) -> tensor<1x5x4x6xf32> {
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x5x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<1x5x4x6xf32>
  return %0 : tensor<1x5x4x6xf32>
}

// CHECK-LABEL: func.func @convolution_strides_and_gaps(
// CHECK: etch.convolution %{{.*}}, %{{.*}} axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [2, 1] low = [0, 2] high = [1, 0] dilation = [1, 2] x [1, 2] groups = 1 x 1 : (tensor<1x5x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<1x2x5x6xf32>
func.func @convolution_strides_and_gaps(%x: tensor<1x5x4x2xf32>, %y: tensor<3x3x2x6xf32>) -> tensor<1x2x5x6xf32> {
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [2, 1] low = [0, 2] high = [1, 0] dilation = [1, 2] x [1, 2] groups = 1 x 1 : (tensor<1x5x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<1x2x5x6xf32>
  return %0 : tensor<1x2x5x6xf32>
}

// CHECK-LABEL: func.func @convolution_groups(
// CHECK: etch.convolution %{{.*}}, %{{.*}} axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 2 x 1 : (tensor<1x5x4x4xf64>, tensor<3x3x2x6xf64>) -> tensor<1x5x4x6xf64>
func.func @convolution_groups(%x: tensor<1x5x4x4xf64>, %y: tensor<3x3x2x6xf64>) -> tensor<1x5x4x6xf64> {
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 2 x 1 : (tensor<1x5x4x4xf64>, tensor<3x3x2x6xf64>) -> tensor<1x5x4x6xf64>
  return %0 : tensor<1x5x4x6xf64>
}

// CHECK-LABEL: func.func @convolution_channels_first(
// CHECK: etch.convolution %{{.*}}, %{{.*}} axes = [0, 1, 2] x [0, 1, 2] to [0, 1, 2] strides = [1] low = [0] high = [0] dilation = [1] x [1] groups = 1 x 1 : (tensor<1x2x5xi32>, tensor<6x2x3xi32>) -> tensor<1x6x3xi32>
func.func @convolution_channels_first(%x: tensor<1x2x5xi32>, %y: tensor<6x2x3xi32>) -> tensor<1x6x3xi32> {
  %0 = etch.convolution %x, %y axes = [0, 1, 2] x [0, 1, 2] to [0, 1, 2] strides = [1] low = [0] high = [0] dilation = [1] x [1] groups = 1 x 1 : (tensor<1x2x5xi32>, tensor<6x2x3xi32>) -> tensor<1x6x3xi32>
  return %0 : tensor<1x6x3xi32>
}

// CHECK-LABEL: func.func @convolution_unknown_extent(
// CHECK: etch.convolution %{{.*}}, %{{.*}} axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<?x?x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<?x?x4x6xf32>
func.func @convolution_unknown_extent(%x: tensor<?x?x4x2xf32>, %y: tensor<3x3x2x6xf32>) -> tensor<?x?x4x6xf32> {
  %0 = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<?x?x4x2xf32>, tensor<3x3x2x6xf32>) -> tensor<?x?x4x6xf32>
  return %0 : tensor<?x?x4x6xf32>
}
