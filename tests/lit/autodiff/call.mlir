// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Calls are inlined first.

func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = etch.call @twice(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %r = etch.call @twice(%a) : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
func.func private @twice(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.add %x, %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[ADD:.+]] = etch.add %[[G]], %[[G]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD1:.+]] = etch.add %[[ADD]], %[[ADD]] : tensor<4xf32>
// CHECK-NEXT: return %[[ADD1]] : tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<4xf32>
// CHECK: %[[ADD:.+]] = etch.add %[[DX]], %[[DX]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD1:.+]] = etch.add %[[ADD]], %[[ADD]] : tensor<4xf32>
// CHECK-NEXT: return %[[ADD1]] : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %dx: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
