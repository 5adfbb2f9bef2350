// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Product rule.

func.func private @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.mul %x, %y : tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[MUL:.+]] = etch.mul %[[G]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[G]], %[[X]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL]], %[[MUL1]] : tensor<4xf32>, tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %y: tensor<4xf32>, %g: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %r:3 = etch.vjp @f(%x, %y) cotangents(%g) wrt = [0, 1]
    : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %r#1, %r#2 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DY:[^:]+]]: tensor<4xf32>
// CHECK: %[[MUL:.+]] = etch.mul %[[DX]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[DY]], %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[MUL]], %[[MUL1]] : tensor<4xf32>
// CHECK-NEXT: return %[[ADD]] : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %y: tensor<4xf32>, %dx: tensor<4xf32>, %dy: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx, %dy) wrt = [0, 1]
    : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
