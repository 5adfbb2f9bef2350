// Elementwise ops behind a convolution run in its kernel.
// RUN: etch-opt %s --etch-form-kernels --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @layer
// CHECK: %[[R:.*]] = etch.launch @convolution_add_relu(%arg0, %arg1, %arg2)
// CHECK-NEXT: return %[[R]]
// CHECK: func.func private @convolution_add_relu
// CHECK: etch.convolution
// CHECK: etch.broadcast_in_dim
// CHECK: etch.add
// CHECK: etch.relu
func.func @layer(%x: tensor<2x8x9x3xf32>, %w: tensor<3x3x3x5xf32>, %b: tensor<5xf32>) -> tensor<2x6x7x5xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x8x9x3xf32>, tensor<3x3x3x5xf32>) -> tensor<2x6x7x5xf32>
  %1 = etch.broadcast_in_dim %b shape = [2, 6, 7, 5] dims = [3] : (tensor<5xf32>) -> tensor<2x6x7x5xf32>
  %2 = etch.add %0, %1 : tensor<2x6x7x5xf32>
  %3 = etch.relu %2 : tensor<2x6x7x5xf32>
  return %3 : tensor<2x6x7x5xf32>
}

// -----

// A function that is much code for each of a tile's sums does not, where there are few outputs.
// CHECK-LABEL: func.func @transcendental
// CHECK: etch.launch @convolution(
// CHECK: etch.launch @tanh(
func.func @transcendental(%x: tensor<2x8x3xf32>, %w: tensor<3x3x5xf32>) -> tensor<2x6x5xf32> {
  %0 = etch.convolution %x, %w axes = [0, 2, 1] x [2, 1, 0] to [0, 2, 1] strides = [1] low = [0] high = [0] dilation = [1] x [1] groups = 1 x 1 : (tensor<2x8x3xf32>, tensor<3x3x5xf32>) -> tensor<2x6x5xf32>
  %1 = etch.tanh %0 : tensor<2x6x5xf32>
  return %1 : tensor<2x6x5xf32>
}

// -----

// Where there are more it runs behind them, row by row.
// CHECK-LABEL: func.func @rows
// CHECK: etch.launch @convolution_tanh(
func.func @rows(%x: tensor<2x8x3xf32>, %w: tensor<3x3x16xf32>) -> tensor<2x6x16xf32> {
  %0 = etch.convolution %x, %w axes = [0, 2, 1] x [2, 1, 0] to [0, 2, 1] strides = [1] low = [0] high = [0] dilation = [1] x [1] groups = 1 x 1 : (tensor<2x8x3xf32>, tensor<3x3x16xf32>) -> tensor<2x6x16xf32>
  %1 = etch.tanh %0 : tensor<2x6x16xf32>
  return %1 : tensor<2x6x16xf32>
}

// -----

// The derivative by the filters adds to what it has stored: nothing may run behind its sums.
// CHECK-LABEL: func.func @filter_gradient
// CHECK: etch.launch @convolution(
// CHECK: etch.launch @mul(
func.func @filter_gradient(%x: tensor<2x8x9x3xf32>, %g: tensor<2x6x7x5xf32>, %s: tensor<3x3x3x5xf32>) -> tensor<3x3x3x5xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x8x9x3xf32>, tensor<2x6x7x5xf32>) -> tensor<3x3x3x5xf32>
  %1 = etch.mul %0, %s : tensor<3x3x3x5xf32>
  return %1 : tensor<3x3x3x5xf32>
}
