// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// x is the ordinate: d/dx = y / (x^2 + y^2), d/dy = -x / (x^2 + y^2).

func.func private @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.atan2 %x, %y : tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[SQUARE:.+]] = etch.square %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[SQUARE1:.+]] = etch.square %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[SQUARE]], %[[SQUARE1]] : tensor<4xf32>
// CHECK-NEXT: %[[DIV:.+]] = etch.div %[[Y]], %[[ADD]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[G]], %[[DIV]] : tensor<4xf32>
// CHECK-NEXT: %[[SQUARE2:.+]] = etch.square %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[SQUARE3:.+]] = etch.square %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD1:.+]] = etch.add %[[SQUARE2]], %[[SQUARE3]] : tensor<4xf32>
// CHECK-NEXT: %[[DIV1:.+]] = etch.div %[[X]], %[[ADD1]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[G]], %[[DIV1]] : tensor<4xf32>
// CHECK-NEXT: %[[NEG:.+]] = etch.neg %[[MUL1]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL]], %[[NEG]] : tensor<4xf32>, tensor<4xf32>
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
// CHECK: %[[SQUARE:.+]] = etch.square %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[SQUARE1:.+]] = etch.square %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[SQUARE]], %[[SQUARE1]] : tensor<4xf32>
// CHECK-NEXT: %[[DIV:.+]] = etch.div %[[Y]], %[[ADD]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[DX]], %[[DIV]] : tensor<4xf32>
// CHECK-NEXT: %[[SQUARE2:.+]] = etch.square %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[SQUARE3:.+]] = etch.square %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD1:.+]] = etch.add %[[SQUARE2]], %[[SQUARE3]] : tensor<4xf32>
// CHECK-NEXT: %[[DIV1:.+]] = etch.div %[[X]], %[[ADD1]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[DY]], %[[DIV1]] : tensor<4xf32>
// CHECK-NEXT: %[[NEG:.+]] = etch.neg %[[MUL1]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD2:.+]] = etch.add %[[MUL]], %[[NEG]] : tensor<4xf32>
// CHECK-NEXT: return %[[ADD2]] : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %y: tensor<4xf32>, %dx: tensor<4xf32>, %dy: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx, %dy) wrt = [0, 1]
    : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
