// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// (x rem y)_y = -trunc(x / y), which is round((x - r) / y).

func.func private @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.rem %x, %y : tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[REM:.+]] = etch.rem %[[X]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[SUB:.+]] = etch.sub %[[X]], %[[REM]] : tensor<4xf32>
// CHECK-NEXT: %[[DIV:.+]] = etch.div %[[SUB]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[ROUND:.+]] = etch.round %[[DIV]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[G]], %[[ROUND]] : tensor<4xf32>
// CHECK-NEXT: %[[NEG:.+]] = etch.neg %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: return %[[G]], %[[NEG]] : tensor<4xf32>, tensor<4xf32>
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
// CHECK: %[[REM:.+]] = etch.rem %[[X]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[SUB:.+]] = etch.sub %[[X]], %[[REM]] : tensor<4xf32>
// CHECK-NEXT: %[[DIV:.+]] = etch.div %[[SUB]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[ROUND:.+]] = etch.round %[[DIV]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[DY]], %[[ROUND]] : tensor<4xf32>
// CHECK-NEXT: %[[NEG:.+]] = etch.neg %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[DX]], %[[NEG]] : tensor<4xf32>
// CHECK-NEXT: return %[[ADD]] : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %y: tensor<4xf32>, %dx: tensor<4xf32>, %dy: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx, %dy) wrt = [0, 1]
    : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
