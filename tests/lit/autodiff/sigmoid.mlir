// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// sigmoid'(x) = r (1 - r).

func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.sigmoid %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[SIGMOID:.+]] = etch.sigmoid %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SUB:.+]] = etch.sub %[[B]], %[[SIGMOID]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[SIGMOID]], %[[SUB]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[G]], %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL1]] : tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[SIGMOID:.+]] = etch.sigmoid %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SUB:.+]] = etch.sub %[[B]], %[[SIGMOID]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[SIGMOID]], %[[SUB]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[DX]], %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL1]] : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %dx: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
