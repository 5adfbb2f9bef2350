// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Linear: reshape back.

func.func private @f(%x: tensor<3x4xf32>) -> tensor<2x6xf32> {
  %r = etch.reshape %x shape = [2, 6] : (tensor<3x4xf32>) -> tensor<2x6xf32>
  return %r : tensor<2x6xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<3x4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<2x6xf32>
// CHECK: %[[RESHAPE:.+]] = etch.reshape %[[G]] shape = [3, 4] : (tensor<2x6xf32>) -> tensor<3x4xf32>
// CHECK-NEXT: return %[[RESHAPE]] : tensor<3x4xf32>
func.func @reverse(%x: tensor<3x4xf32>, %g: tensor<2x6xf32>) -> tensor<3x4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<3x4xf32>, tensor<2x6xf32>) -> (tensor<2x6xf32>, tensor<3x4xf32>)
  return %r#1 : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<3x4xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<3x4xf32>
// CHECK: %[[RESHAPE:.+]] = etch.reshape %[[DX]] shape = [2, 6] : (tensor<3x4xf32>) -> tensor<2x6xf32>
// CHECK-NEXT: return %[[RESHAPE]] : tensor<2x6xf32>
func.func @forward(%x: tensor<3x4xf32>, %dx: tensor<3x4xf32>) -> tensor<2x6xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<3x4xf32>, tensor<3x4xf32>) -> (tensor<2x6xf32>, tensor<2x6xf32>)
  return %r#1 : tensor<2x6xf32>
}
