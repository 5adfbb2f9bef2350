// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// (x / y)_y = -r / y.

func.func private @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.div %x, %y : tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[DIV:.+]] = etch.div %[[X]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[DIV1:.+]] = etch.div %[[G]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[DIV2:.+]] = etch.div %[[DIV]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[G]], %[[DIV2]] : tensor<4xf32>
// CHECK-NEXT: %[[NEG:.+]] = etch.neg %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: return %[[DIV1]], %[[NEG]] : tensor<4xf32>, tensor<4xf32>
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
// CHECK: %[[DIV:.+]] = etch.div %[[X]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[DIV1:.+]] = etch.div %[[DX]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[DIV2:.+]] = etch.div %[[DIV]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[DY]], %[[DIV2]] : tensor<4xf32>
// CHECK-NEXT: %[[NEG:.+]] = etch.neg %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[DIV1]], %[[NEG]] : tensor<4xf32>
// CHECK-NEXT: return %[[ADD]] : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %y: tensor<4xf32>, %dx: tensor<4xf32>, %dy: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx, %dy) wrt = [0, 1]
    : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
