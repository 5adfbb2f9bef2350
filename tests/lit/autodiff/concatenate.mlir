// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Parts are sliced out; after an unknown extent they are taken by index.

func.func private @f(%x: tensor<2xf32>, %y: tensor<?xf32>, %z: tensor<3xf32>) -> tensor<?xf32> {
  %r = etch.concatenate %x, %y, %z axis = 0 : (tensor<2xf32>, tensor<?xf32>, tensor<3xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<?xf32>
// CHECK-SAME: %[[Z:[^:]+]]: tensor<3xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<?xf32>
// CHECK: %[[C:.+]] = etch.constant dense<2> : tensor<i64>
// CHECK-NEXT: %[[SLICE:.+]] = etch.slice %[[G]] starts = [0] limits = [2] strides = [1] : (tensor<?xf32>) -> tensor<2xf32>
// CHECK-NEXT: %[[DIM:.+]] = etch.dim %[[Y]] axis = 0 : (tensor<?xf32>) -> tensor<i64>
// CHECK-NEXT: %[[IOTA:.+]] = etch.iota sizes %[[DIM]] shape = [-1] axis = 0 {dtype = i64} : (tensor<i64>) -> tensor<?xi64>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] sizes %[[DIM]] shape = [-1] dims = [] : (tensor<i64>, tensor<i64>) -> tensor<?xi64>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[IOTA]], %[[B]] : tensor<?xi64>
// CHECK-NEXT: %[[TAKE:.+]] = etch.take %[[G]], %[[ADD]] axis = 0 : (tensor<?xf32>, tensor<?xi64>) -> tensor<?xf32>
// CHECK-NEXT: %[[DIM1:.+]] = etch.dim %[[Y]] axis = 0 : (tensor<?xf32>) -> tensor<i64>
// CHECK-NEXT: %[[ADD1:.+]] = etch.add %[[DIM1]], %[[C]] : tensor<i64>
// CHECK-NEXT: %[[IOTA1:.+]] = etch.iota shape = [3] axis = 0 {dtype = i64} : () -> tensor<3xi64>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[ADD1]] shape = [3] dims = [] : (tensor<i64>) -> tensor<3xi64>
// CHECK-NEXT: %[[ADD2:.+]] = etch.add %[[IOTA1]], %[[B1]] : tensor<3xi64>
// CHECK-NEXT: %[[TAKE1:.+]] = etch.take %[[G]], %[[ADD2]] axis = 0 : (tensor<?xf32>, tensor<3xi64>) -> tensor<3xf32>
// CHECK-NEXT: return %[[SLICE]], %[[TAKE]], %[[TAKE1]] : tensor<2xf32>, tensor<?xf32>, tensor<3xf32>
func.func @reverse(%x: tensor<2xf32>, %y: tensor<?xf32>, %z: tensor<3xf32>, %g: tensor<?xf32>) -> (tensor<2xf32>, tensor<?xf32>, tensor<3xf32>) {
  %r:4 = etch.vjp @f(%x, %y, %z) cotangents(%g) wrt = [0, 1, 2]
    : (tensor<2xf32>, tensor<?xf32>, tensor<3xf32>, tensor<?xf32>) -> (tensor<?xf32>, tensor<2xf32>, tensor<?xf32>, tensor<3xf32>)
  return %r#1, %r#2, %r#3 : tensor<2xf32>, tensor<?xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<?xf32>
// CHECK-SAME: %[[Z:[^:]+]]: tensor<3xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<2xf32>
// CHECK-SAME: %[[DY:[^:]+]]: tensor<?xf32>
// CHECK-SAME: %[[DZ:[^:]+]]: tensor<3xf32>
// CHECK: %[[CONCATENATE:.+]] = etch.concatenate %[[DX]], %[[DY]], %[[DZ]] axis = 0 : (tensor<2xf32>, tensor<?xf32>, tensor<3xf32>) -> tensor<?xf32>
// CHECK-NEXT: return %[[CONCATENATE]] : tensor<?xf32>
func.func @forward(%x: tensor<2xf32>, %y: tensor<?xf32>, %z: tensor<3xf32>, %dx: tensor<2xf32>, %dy: tensor<?xf32>, %dz: tensor<3xf32>) -> tensor<?xf32> {
  %r:2 = etch.jvp @f(%x, %y, %z) tangents(%dx, %dy, %dz) wrt = [0, 1, 2]
    : (tensor<2xf32>, tensor<?xf32>, tensor<3xf32>, tensor<2xf32>, tensor<?xf32>, tensor<3xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  return %r#1 : tensor<?xf32>
}
