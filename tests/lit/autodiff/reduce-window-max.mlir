// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// The cotangent goes where the maximum was; the tangent comes from there.

func.func private @f(%x: tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32> {
  %r = etch.reduce_window_max %x window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return %r : tensor<1x2x2x3xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK: %[[DX:.+]] = etch.select_and_scatter_add %{{.*}}, %{{.*}} window = [1, 2, 2, 1] strides = [1, 2, 2, 1]
// CHECK: return %[[DX]]
func.func @reverse(%x: tensor<1x4x4x3xf32>, %g: tensor<1x2x2x3xf32>) -> tensor<1x4x4x3xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0] : (tensor<1x4x4x3xf32>, tensor<1x2x2x3xf32>) -> (tensor<1x2x2x3xf32>, tensor<1x4x4x3xf32>)
  return %r#1 : tensor<1x4x4x3xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK: %[[T:.+]] = etch.select_and_gather %{{.*}}, %{{.*}} window = [1, 2, 2, 1] strides = [1, 2, 2, 1]
// CHECK: return %[[T]]
func.func @forward(%x: tensor<1x4x4x3xf32>, %t: tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%t) wrt = [0] : (tensor<1x4x4x3xf32>, tensor<1x4x4x3xf32>) -> (tensor<1x2x2x3xf32>, tensor<1x2x2x3xf32>)
  return %r#1 : tensor<1x2x2x3xf32>
}
