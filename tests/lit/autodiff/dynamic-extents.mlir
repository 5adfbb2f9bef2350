// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Unknown extents come from the arguments.

func.func private @f(%x: tensor<?x3xf32>) -> tensor<?xf32> {
  %e = etch.exp %x : tensor<?x3xf32>
  %r = etch.reduce_sum %e axes = [1] : (tensor<?x3xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x3xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<?xf32>
// CHECK: %[[EXP:.+]] = etch.exp %[[X]] : tensor<?x3xf32>
// CHECK-NEXT: %[[DIM:.+]] = etch.dim %[[X]] axis = 0 : (tensor<?x3xf32>) -> tensor<i64>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[G]] sizes %[[DIM]] shape = [-1, 3] dims = [0] : (tensor<?xf32>, tensor<i64>) -> tensor<?x3xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[B]], %[[EXP]] : tensor<?x3xf32>
// CHECK-NEXT: return %[[MUL]] : tensor<?x3xf32>
func.func @reverse(%x: tensor<?x3xf32>, %g: tensor<?xf32>) -> tensor<?x3xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<?x3xf32>, tensor<?xf32>) -> (tensor<?xf32>, tensor<?x3xf32>)
  return %r#1 : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x3xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<?x3xf32>
// CHECK: %[[EXP:.+]] = etch.exp %[[X]] : tensor<?x3xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[DX]], %[[EXP]] : tensor<?x3xf32>
// CHECK-NEXT: %[[REDUCESUM:.+]] = etch.reduce_sum %[[MUL]] axes = [1] : (tensor<?x3xf32>) -> tensor<?xf32>
// CHECK-NEXT: return %[[REDUCESUM]] : tensor<?xf32>
func.func @forward(%x: tensor<?x3xf32>, %dx: tensor<?x3xf32>) -> tensor<?xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<?x3xf32>, tensor<?x3xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  return %r#1 : tensor<?xf32>
}
