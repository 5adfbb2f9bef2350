// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Linear: the inverse permutation.

func.func private @f(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %r = etch.transpose %x permutation = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  return %r : tensor<4x2x3xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3x4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4x2x3xf32>
// CHECK: %[[TRANSPOSE:.+]] = etch.transpose %[[G]] permutation = [1, 2, 0] : (tensor<4x2x3xf32>) -> tensor<2x3x4xf32>
// CHECK-NEXT: return %[[TRANSPOSE]] : tensor<2x3x4xf32>
func.func @reverse(%x: tensor<2x3x4xf32>, %g: tensor<4x2x3xf32>) -> tensor<2x3x4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<2x3x4xf32>, tensor<4x2x3xf32>) -> (tensor<4x2x3xf32>, tensor<2x3x4xf32>)
  return %r#1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3x4xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<2x3x4xf32>
// CHECK: %[[TRANSPOSE:.+]] = etch.transpose %[[DX]] permutation = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
// CHECK-NEXT: return %[[TRANSPOSE]] : tensor<4x2x3xf32>
func.func @forward(%x: tensor<2x3x4xf32>, %dx: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> (tensor<4x2x3xf32>, tensor<4x2x3xf32>)
  return %r#1 : tensor<4x2x3xf32>
}
