// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// The operand gets what is left of it, the value the sum of all else.

func.func private @f(%x: tensor<3xf32>, %y: tensor<f32>) -> tensor<8xf32> {
  %r = etch.pad %x, %y low = [-1] high = [4] interior = [1] : (tensor<3xf32>, tensor<f32>) -> tensor<8xf32>
  return %r : tensor<8xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<3xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<f32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<8xf32>
// CHECK: %[[C:.+]] = etch.constant dense<false> : tensor<i1>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<true> : tensor<i1>
// CHECK-NEXT: %[[C2:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[PAD:.+]] = etch.pad %[[G]], %[[C2]] low = [1] high = [-4] interior = [0] : (tensor<8xf32>, tensor<f32>) -> tensor<5xf32>
// CHECK-NEXT: %[[SLICE:.+]] = etch.slice %[[PAD]] starts = [0] limits = [5] strides = [2] : (tensor<5xf32>) -> tensor<3xf32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C1]] shape = [3] dims = [] : (tensor<i1>) -> tensor<3xi1>
// CHECK-NEXT: %[[PAD1:.+]] = etch.pad %[[B]], %[[C]] low = [-1] high = [4] interior = [1] : (tensor<3xi1>, tensor<i1>) -> tensor<8xi1>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[C2]] shape = [8] dims = [] : (tensor<f32>) -> tensor<8xf32>
// CHECK-NEXT: %[[SELECT:.+]] = etch.select %[[PAD1]], %[[B1]], %[[G]] : tensor<8xi1>, tensor<8xf32>
// CHECK-NEXT: %[[REDUCESUM:.+]] = etch.reduce_sum %[[SELECT]] axes = [0] : (tensor<8xf32>) -> tensor<f32>
// CHECK-NEXT: return %[[SLICE]], %[[REDUCESUM]] : tensor<3xf32>, tensor<f32>
func.func @reverse(%x: tensor<3xf32>, %y: tensor<f32>, %g: tensor<8xf32>) -> (tensor<3xf32>, tensor<f32>) {
  %r:3 = etch.vjp @f(%x, %y) cotangents(%g) wrt = [0, 1]
    : (tensor<3xf32>, tensor<f32>, tensor<8xf32>) -> (tensor<8xf32>, tensor<3xf32>, tensor<f32>)
  return %r#1, %r#2 : tensor<3xf32>, tensor<f32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<3xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<f32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<3xf32>
// CHECK-SAME: %[[DY:[^:]+]]: tensor<f32>
// CHECK: %[[PAD:.+]] = etch.pad %[[DX]], %[[DY]] low = [-1] high = [4] interior = [1] : (tensor<3xf32>, tensor<f32>) -> tensor<8xf32>
// CHECK-NEXT: return %[[PAD]] : tensor<8xf32>
func.func @forward(%x: tensor<3xf32>, %y: tensor<f32>, %dx: tensor<3xf32>, %dy: tensor<f32>) -> tensor<8xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx, %dy) wrt = [0, 1]
    : (tensor<3xf32>, tensor<f32>, tensor<3xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>)
  return %r#1 : tensor<8xf32>
}
