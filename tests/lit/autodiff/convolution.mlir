// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// The transpose of a convolution is a convolution: strides become gaps, and the cotangent the window.

func.func private @f(%x: tensor<2x9x8x3xf32>, %y: tensor<3x3x3x5xf32>) -> tensor<2x5x4x5xf32> {
  %r = etch.convolution %x, %y axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [2, 2] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x9x8x3xf32>, tensor<3x3x3x5xf32>) -> tensor<2x5x4x5xf32>
  return %r : tensor<2x5x4x5xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x9x8x3xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<3x3x3x5xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<2x5x4x5xf32>
// CHECK: %[[REVERSED:.+]] = etch.reverse %[[Y]] axes = [0, 1]
// CHECK: %[[DX:.+]] = etch.convolution %[[G]], %[[REVERSED]] axes = [0, 3, 1, 2] x [2, 3, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 2] dilation = [2, 2] x [1, 1] groups = 1 x 1 : (tensor<2x5x4x5xf32>, tensor<3x3x3x5xf32>) -> tensor<2x9x8x3xf32>
// CHECK: %[[DY:.+]] = etch.convolution %[[X]], %[[G]] axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [1, 1] high = [1, 0] dilation = [1, 1] x [2, 2] groups = 1 x 1 : (tensor<2x9x8x3xf32>, tensor<2x5x4x5xf32>) -> tensor<3x3x3x5xf32>
// CHECK: return %[[DX]], %[[DY]]
func.func @reverse(%x: tensor<2x9x8x3xf32>, %y: tensor<3x3x3x5xf32>, %g: tensor<2x5x4x5xf32>) -> (tensor<2x9x8x3xf32>, tensor<3x3x3x5xf32>) {
  %r:3 = etch.vjp @f(%x, %y) cotangents(%g) wrt = [0, 1]
    : (tensor<2x9x8x3xf32>, tensor<3x3x3x5xf32>, tensor<2x5x4x5xf32>) -> (tensor<2x5x4x5xf32>, tensor<2x9x8x3xf32>, tensor<3x3x3x5xf32>)
  return %r#1, %r#2 : tensor<2x9x8x3xf32>, tensor<3x3x3x5xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x9x8x3xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<3x3x3x5xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<2x9x8x3xf32>
// CHECK-SAME: %[[DY:[^:]+]]: tensor<3x3x3x5xf32>
// CHECK: %[[A:.+]] = etch.convolution %[[DX]], %[[Y]]
// CHECK: %[[B:.+]] = etch.convolution %[[X]], %[[DY]]
// CHECK: %[[SUM:.+]] = etch.add %[[A]], %[[B]]
// CHECK: return %[[SUM]]
func.func @forward(%x: tensor<2x9x8x3xf32>, %y: tensor<3x3x3x5xf32>, %dx: tensor<2x9x8x3xf32>, %dy: tensor<3x3x3x5xf32>) -> tensor<2x5x4x5xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx, %dy) wrt = [0, 1]
    : (tensor<2x9x8x3xf32>, tensor<3x3x3x5xf32>, tensor<2x9x8x3xf32>, tensor<3x3x3x5xf32>) -> (tensor<2x5x4x5xf32>, tensor<2x5x4x5xf32>)
  return %r#1 : tensor<2x5x4x5xf32>
}
