// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// A block of zeros takes the cotangent.

func.func private @f(%x: tensor<5xf32>, %y: tensor<i64>) -> tensor<2xf32> {
  %r = etch.dynamic_slice %x starts %y sizes = [2] : (tensor<5xf32>, tensor<i64>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<5xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<i64>
// CHECK-SAME: %[[G:[^:]+]]: tensor<2xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] shape = [5] dims = [] : (tensor<f32>) -> tensor<5xf32>
// CHECK-NEXT: %[[DYNAMICUPDATESLICE:.+]] = etch.dynamic_update_slice %[[B]], %[[G]] starts %[[Y]] : (tensor<5xf32>, tensor<2xf32>, tensor<i64>) -> tensor<5xf32>
// CHECK-NEXT: return %[[DYNAMICUPDATESLICE]] : tensor<5xf32>
func.func @reverse(%x: tensor<5xf32>, %y: tensor<i64>, %g: tensor<2xf32>) -> tensor<5xf32> {
  %r:2 = etch.vjp @f(%x, %y) cotangents(%g) wrt = [0]
    : (tensor<5xf32>, tensor<i64>, tensor<2xf32>) -> (tensor<2xf32>, tensor<5xf32>)
  return %r#1 : tensor<5xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<5xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<i64>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<5xf32>
// CHECK: %[[DYNAMICSLICE:.+]] = etch.dynamic_slice %[[DX]] starts %[[Y]] sizes = [2] : (tensor<5xf32>, tensor<i64>) -> tensor<2xf32>
// CHECK-NEXT: return %[[DYNAMICSLICE]] : tensor<2xf32>
func.func @forward(%x: tensor<5xf32>, %y: tensor<i64>, %dx: tensor<5xf32>) -> tensor<2xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx) wrt = [0]
    : (tensor<5xf32>, tensor<i64>, tensor<5xf32>) -> (tensor<2xf32>, tensor<2xf32>)
  return %r#1 : tensor<2xf32>
}
