// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// The transpose of a contraction is a contraction: over the free axes of the other side.

func.func private @f(%x: tensor<2x3x4xf32>, %y: tensor<5x4x2xf32>) -> tensor<2x3x5xf32> {
  %r = etch.dot_general %x, %y batch = [0] x [2] contract = [2] x [1] : (tensor<2x3x4xf32>, tensor<5x4x2xf32>) -> tensor<2x3x5xf32>
  return %r : tensor<2x3x5xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3x4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<5x4x2xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<2x3x5xf32>
// CHECK: %[[DOTGENERAL:.+]] = etch.dot_general %[[G]], %[[Y]] batch = [0] x [2] contract = [2] x [0] : (tensor<2x3x5xf32>, tensor<5x4x2xf32>) -> tensor<2x3x4xf32>
// CHECK-NEXT: %[[DOTGENERAL1:.+]] = etch.dot_general %[[X]], %[[G]] batch = [0] x [0] contract = [1] x [1] : (tensor<2x3x4xf32>, tensor<2x3x5xf32>) -> tensor<2x4x5xf32>
// CHECK-NEXT: %[[TRANSPOSE:.+]] = etch.transpose %[[DOTGENERAL1]] permutation = [2, 1, 0] : (tensor<2x4x5xf32>) -> tensor<5x4x2xf32>
// CHECK-NEXT: return %[[DOTGENERAL]], %[[TRANSPOSE]] : tensor<2x3x4xf32>, tensor<5x4x2xf32>
func.func @reverse(%x: tensor<2x3x4xf32>, %y: tensor<5x4x2xf32>, %g: tensor<2x3x5xf32>) -> (tensor<2x3x4xf32>, tensor<5x4x2xf32>) {
  %r:3 = etch.vjp @f(%x, %y) cotangents(%g) wrt = [0, 1]
    : (tensor<2x3x4xf32>, tensor<5x4x2xf32>, tensor<2x3x5xf32>) -> (tensor<2x3x5xf32>, tensor<2x3x4xf32>, tensor<5x4x2xf32>)
  return %r#1, %r#2 : tensor<2x3x4xf32>, tensor<5x4x2xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3x4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<5x4x2xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<2x3x4xf32>
// CHECK-SAME: %[[DY:[^:]+]]: tensor<5x4x2xf32>
// CHECK: %[[DOTGENERAL:.+]] = etch.dot_general %[[DX]], %[[Y]] batch = [0] x [2] contract = [2] x [1] : (tensor<2x3x4xf32>, tensor<5x4x2xf32>) -> tensor<2x3x5xf32>
// CHECK-NEXT: %[[DOTGENERAL1:.+]] = etch.dot_general %[[X]], %[[DY]] batch = [0] x [2] contract = [2] x [1] : (tensor<2x3x4xf32>, tensor<5x4x2xf32>) -> tensor<2x3x5xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[DOTGENERAL]], %[[DOTGENERAL1]] : tensor<2x3x5xf32>
// CHECK-NEXT: return %[[ADD]] : tensor<2x3x5xf32>
func.func @forward(%x: tensor<2x3x4xf32>, %y: tensor<5x4x2xf32>, %dx: tensor<2x3x4xf32>, %dy: tensor<5x4x2xf32>) -> tensor<2x3x5xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx, %dy) wrt = [0, 1]
    : (tensor<2x3x4xf32>, tensor<5x4x2xf32>, tensor<2x3x4xf32>, tensor<5x4x2xf32>) -> (tensor<2x3x5xf32>, tensor<2x3x5xf32>)
  return %r#1 : tensor<2x3x5xf32>
}
