// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Known exponents need no selects, and often no power.

func.func private @cube(%x: tensor<4xf32>) -> tensor<4xf32> {
  %n = etch.constant dense<3.0> : tensor<f32>
  %y = etch.broadcast_in_dim %n shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
  %r = etch.pow %x, %y : tensor<4xf32>
  return %r : tensor<4xf32>
}
// CHECK-LABEL: func.func @three(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<3.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[SQUARE:.+]] = etch.square %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[B]], %[[SQUARE]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[G]], %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL1]] : tensor<4xf32>
func.func @three(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.vjp @cube(%x) cotangents(%g) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

func.func private @root(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = etch.constant dense<0.5> : tensor<4xf32>
  %r = etch.pow %x, %y : tensor<4xf32>
  return %r : tensor<4xf32>
}
// CHECK-LABEL: func.func @half(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<-5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[POW:.+]] = etch.pow %[[X]], %[[B]] : tensor<4xf32>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[B1]], %[[POW]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[G]], %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL1]] : tensor<4xf32>
func.func @half(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.vjp @root(%x) cotangents(%g) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
