// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Repeated axes are summed.

func.func private @f(%x: tensor<3x1xf32>) -> tensor<2x4x3xf32> {
  %r = etch.broadcast_in_dim %x shape = [2, 4, 3] dims = [2, 1] : (tensor<3x1xf32>) -> tensor<2x4x3xf32>
  return %r : tensor<2x4x3xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<3x1xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<2x4x3xf32>
// CHECK: %[[REDUCESUM:.+]] = etch.reduce_sum %[[G]] axes = [0, 1] : (tensor<2x4x3xf32>) -> tensor<3xf32>
// CHECK-NEXT: %[[RESHAPE:.+]] = etch.reshape %[[REDUCESUM]] shape = [3, 1] : (tensor<3xf32>) -> tensor<3x1xf32>
// CHECK-NEXT: return %[[RESHAPE]] : tensor<3x1xf32>
func.func @reverse(%x: tensor<3x1xf32>, %g: tensor<2x4x3xf32>) -> tensor<3x1xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<3x1xf32>, tensor<2x4x3xf32>) -> (tensor<2x4x3xf32>, tensor<3x1xf32>)
  return %r#1 : tensor<3x1xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<3x1xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<3x1xf32>
// CHECK: %[[B:.+]] = etch.broadcast_in_dim %[[DX]] shape = [2, 4, 3] dims = [2, 1] : (tensor<3x1xf32>) -> tensor<2x4x3xf32>
// CHECK-NEXT: return %[[B]] : tensor<2x4x3xf32>
func.func @forward(%x: tensor<3x1xf32>, %dx: tensor<3x1xf32>) -> tensor<2x4x3xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<3x1xf32>, tensor<3x1xf32>) -> (tensor<2x4x3xf32>, tensor<2x4x3xf32>)
  return %r#1 : tensor<2x4x3xf32>
}
