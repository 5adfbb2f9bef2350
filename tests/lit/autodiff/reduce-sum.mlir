// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// The cotangent is repeated along the reduced axes.

func.func private @f(%x: tensor<2x3x4xf32>) -> tensor<3xf32> {
  %r = etch.reduce_sum %x axes = [0, 2] : (tensor<2x3x4xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3x4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<3xf32>
// CHECK: %[[B:.+]] = etch.broadcast_in_dim %[[G]] shape = [2, 3, 4] dims = [1] : (tensor<3xf32>) -> tensor<2x3x4xf32>
// CHECK-NEXT: return %[[B]] : tensor<2x3x4xf32>
func.func @reverse(%x: tensor<2x3x4xf32>, %g: tensor<3xf32>) -> tensor<2x3x4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<2x3x4xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<2x3x4xf32>)
  return %r#1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3x4xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<2x3x4xf32>
// CHECK: %[[REDUCESUM:.+]] = etch.reduce_sum %[[DX]] axes = [0, 2] : (tensor<2x3x4xf32>) -> tensor<3xf32>
// CHECK-NEXT: return %[[REDUCESUM]] : tensor<3xf32>
func.func @forward(%x: tensor<2x3x4xf32>, %dx: tensor<2x3x4xf32>) -> tensor<3xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %r#1 : tensor<3xf32>
}
