// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Each element gets the cotangents of the windows it is in: windows over the cotangent with gaps for strides.

func.func private @f(%x: tensor<1x7x4x3xf32>) -> tensor<1x4x4x3xf32> {
  %r = etch.reduce_window_sum %x window = [1, 3, 1, 1] strides = [1, 2, 1, 1] low = [0, 1, 0, 0] high = [0, 2, 0, 0] dilation = [1, 1, 1, 1] x [1, 1, 1, 1] : (tensor<1x7x4x3xf32>) -> tensor<1x4x4x3xf32>
  return %r : tensor<1x4x4x3xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK: %[[DX:.+]] = etch.reduce_window_sum %{{.*}} window = [1, 3, 1, 1] strides = [1, 1, 1, 1] low = [0, 1, 0, 0] high = [0, 1, 0, 0] dilation = [1, 2, 1, 1] x [1, 1, 1, 1] : (tensor<1x4x4x3xf32>) -> tensor<1x7x4x3xf32>
// CHECK: return %[[DX]]
func.func @reverse(%x: tensor<1x7x4x3xf32>, %g: tensor<1x4x4x3xf32>) -> tensor<1x7x4x3xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0] : (tensor<1x7x4x3xf32>, tensor<1x4x4x3xf32>) -> (tensor<1x4x4x3xf32>, tensor<1x7x4x3xf32>)
  return %r#1 : tensor<1x7x4x3xf32>
}
