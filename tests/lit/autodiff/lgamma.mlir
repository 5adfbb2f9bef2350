// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// lgamma' = digamma, digamma' = trigamma; the chain ends there (tests/numeric/elementwise_test.cpp).

func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.lgamma %x : tensor<4xf32>
  return %r : tensor<4xf32>
}
func.func private @g(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.digamma %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK-NEXT: %[[D:.+]] = etch.digamma %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[G]], %[[D]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL]] : tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<4xf32>
// CHECK: %[[D:.+]] = etch.trigamma %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[DX]], %[[D]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL]] : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %dx: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @g(%x) tangents(%dx) wrt = [0]
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
