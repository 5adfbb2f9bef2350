// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// The backward function takes the operands and the cotangents.

func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.custom_vjp @clip backward @clip_backward(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
func.func private @clip(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func private @clip_backward(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.tanh %g : tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[CUSTOMVJP:.+]] = etch.custom_vjp @clip backward @clip_backward(%[[X]]) : (tensor<4xf32>) -> tensor<4xf32>
// CHECK-NEXT: %[[CALL:.+]] = etch.call @clip_backward(%[[X]], %[[G]]) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
// CHECK-NEXT: return %[[CALL]] : tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
