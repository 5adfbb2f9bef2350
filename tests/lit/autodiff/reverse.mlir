// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Linear: reverse again.

func.func private @f(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %r = etch.reverse %x axes = [1] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<2x3xf32>
// CHECK: %[[REVERSE:.+]] = etch.reverse %[[G]] axes = [1] : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK-NEXT: return %[[REVERSE]] : tensor<2x3xf32>
func.func @reverse(%x: tensor<2x3xf32>, %g: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<2x3xf32>, tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>)
  return %r#1 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<2x3xf32>
// CHECK: %[[REVERSE:.+]] = etch.reverse %[[DX]] axes = [1] : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK-NEXT: return %[[REVERSE]] : tensor<2x3xf32>
func.func @forward(%x: tensor<2x3xf32>, %dx: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<2x3xf32>, tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>)
  return %r#1 : tensor<2x3xf32>
}
