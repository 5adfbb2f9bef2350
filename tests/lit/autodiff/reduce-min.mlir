// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Those equal to the minimum share equally.

func.func private @f(%x: tensor<2x3x4xf32>) -> tensor<3xf32> {
  %r = etch.reduce_min %x axes = [0, 2] : (tensor<2x3x4xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3x4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<3xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[REDUCEMIN:.+]] = etch.reduce_min %[[X]] axes = [0, 2] : (tensor<2x3x4xf32>) -> tensor<3xf32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[REDUCEMIN]] shape = [2, 3, 4] dims = [1] : (tensor<3xf32>) -> tensor<2x3x4xf32>
// CHECK-NEXT: %[[EQUAL:.+]] = etch.equal %[[X]], %[[B]] : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xi1>
// CHECK-NEXT: %[[CAST:.+]] = etch.cast %[[EQUAL]] {dtype = f32} : (tensor<2x3x4xi1>) -> tensor<2x3x4xf32>
// CHECK-NEXT: %[[REDUCESUM:.+]] = etch.reduce_sum %[[CAST]] axes = [0, 2] : (tensor<2x3x4xf32>) -> tensor<3xf32>
// CHECK-NEXT: %[[DIV:.+]] = etch.div %[[G]], %[[REDUCESUM]] : tensor<3xf32>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[DIV]] shape = [2, 3, 4] dims = [1] : (tensor<3xf32>) -> tensor<2x3x4xf32>
// CHECK-NEXT: %[[B2:.+]] = etch.broadcast_in_dim %[[C]] shape = [2, 3, 4] dims = [] : (tensor<f32>) -> tensor<2x3x4xf32>
// CHECK-NEXT: %[[SELECT:.+]] = etch.select %[[EQUAL]], %[[B1]], %[[B2]] : tensor<2x3x4xi1>, tensor<2x3x4xf32>
// CHECK-NEXT: return %[[SELECT]] : tensor<2x3x4xf32>
func.func @reverse(%x: tensor<2x3x4xf32>, %g: tensor<3xf32>) -> tensor<2x3x4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<2x3x4xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<2x3x4xf32>)
  return %r#1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3x4xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<2x3x4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[REDUCEMIN:.+]] = etch.reduce_min %[[X]] axes = [0, 2] : (tensor<2x3x4xf32>) -> tensor<3xf32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[REDUCEMIN]] shape = [2, 3, 4] dims = [1] : (tensor<3xf32>) -> tensor<2x3x4xf32>
// CHECK-NEXT: %[[EQUAL:.+]] = etch.equal %[[X]], %[[B]] : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xi1>
// CHECK-NEXT: %[[CAST:.+]] = etch.cast %[[EQUAL]] {dtype = f32} : (tensor<2x3x4xi1>) -> tensor<2x3x4xf32>
// CHECK-NEXT: %[[REDUCESUM:.+]] = etch.reduce_sum %[[CAST]] axes = [0, 2] : (tensor<2x3x4xf32>) -> tensor<3xf32>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[C]] shape = [2, 3, 4] dims = [] : (tensor<f32>) -> tensor<2x3x4xf32>
// CHECK-NEXT: %[[SELECT:.+]] = etch.select %[[EQUAL]], %[[DX]], %[[B1]] : tensor<2x3x4xi1>, tensor<2x3x4xf32>
// CHECK-NEXT: %[[REDUCESUM1:.+]] = etch.reduce_sum %[[SELECT]] axes = [0, 2] : (tensor<2x3x4xf32>) -> tensor<3xf32>
// CHECK-NEXT: %[[DIV:.+]] = etch.div %[[REDUCESUM1]], %[[REDUCESUM]] : tensor<3xf32>
// CHECK-NEXT: return %[[DIV]] : tensor<3xf32>
func.func @forward(%x: tensor<2x3x4xf32>, %dx: tensor<2x3x4xf32>) -> tensor<3xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %r#1 : tensor<3xf32>
}
