// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// What was overwritten gets zeros.

func.func private @f(%x: tensor<5xf32>, %y: tensor<2xf32>, %z: tensor<i64>) -> tensor<5xf32> {
  %r = etch.dynamic_update_slice %x, %y starts %z : (tensor<5xf32>, tensor<2xf32>, tensor<i64>) -> tensor<5xf32>
  return %r : tensor<5xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<5xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<2xf32>
// CHECK-SAME: %[[Z:[^:]+]]: tensor<i64>
// CHECK-SAME: %[[G:[^:]+]]: tensor<5xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[DYNAMICSLICE:.+]] = etch.dynamic_slice %[[G]] starts %[[Z]] sizes = [2] : (tensor<5xf32>, tensor<i64>) -> tensor<2xf32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] shape = [2] dims = [] : (tensor<f32>) -> tensor<2xf32>
// CHECK-NEXT: %[[DYNAMICUPDATESLICE:.+]] = etch.dynamic_update_slice %[[G]], %[[B]] starts %[[Z]] : (tensor<5xf32>, tensor<2xf32>, tensor<i64>) -> tensor<5xf32>
// CHECK-NEXT: return %[[DYNAMICUPDATESLICE]], %[[DYNAMICSLICE]] : tensor<5xf32>, tensor<2xf32>
func.func @reverse(%x: tensor<5xf32>, %y: tensor<2xf32>, %z: tensor<i64>, %g: tensor<5xf32>) -> (tensor<5xf32>, tensor<2xf32>) {
  %r:3 = etch.vjp @f(%x, %y, %z) cotangents(%g) wrt = [0, 1]
    : (tensor<5xf32>, tensor<2xf32>, tensor<i64>, tensor<5xf32>) -> (tensor<5xf32>, tensor<5xf32>, tensor<2xf32>)
  return %r#1, %r#2 : tensor<5xf32>, tensor<2xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<5xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<2xf32>
// CHECK-SAME: %[[Z:[^:]+]]: tensor<i64>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<5xf32>
// CHECK-SAME: %[[DY:[^:]+]]: tensor<2xf32>
// CHECK: %[[DYNAMICUPDATESLICE:.+]] = etch.dynamic_update_slice %[[DX]], %[[DY]] starts %[[Z]] : (tensor<5xf32>, tensor<2xf32>, tensor<i64>) -> tensor<5xf32>
// CHECK-NEXT: return %[[DYNAMICUPDATESLICE]] : tensor<5xf32>
func.func @forward(%x: tensor<5xf32>, %y: tensor<2xf32>, %z: tensor<i64>, %dx: tensor<5xf32>, %dy: tensor<2xf32>) -> tensor<5xf32> {
  %r:2 = etch.jvp @f(%x, %y, %z) tangents(%dx, %dy) wrt = [0, 1]
    : (tensor<5xf32>, tensor<2xf32>, tensor<i64>, tensor<5xf32>, tensor<2xf32>) -> (tensor<5xf32>, tensor<5xf32>)
  return %r#1 : tensor<5xf32>
}
