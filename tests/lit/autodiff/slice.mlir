// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// What was left out gets zeros.

func.func private @f(%x: tensor<10xf32>) -> tensor<3xf32> {
  %r = etch.slice %x starts = [1] limits = [9] strides = [3] : (tensor<10xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<10xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<3xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[PAD:.+]] = etch.pad %[[G]], %[[C]] low = [1] high = [2] interior = [2] : (tensor<3xf32>, tensor<f32>) -> tensor<10xf32>
// CHECK-NEXT: return %[[PAD]] : tensor<10xf32>
func.func @reverse(%x: tensor<10xf32>, %g: tensor<3xf32>) -> tensor<10xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<10xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<10xf32>)
  return %r#1 : tensor<10xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<10xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<10xf32>
// CHECK: %[[SLICE:.+]] = etch.slice %[[DX]] starts = [1] limits = [9] strides = [3] : (tensor<10xf32>) -> tensor<3xf32>
// CHECK-NEXT: return %[[SLICE]] : tensor<3xf32>
func.func @forward(%x: tensor<10xf32>, %dx: tensor<10xf32>) -> tensor<3xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<10xf32>, tensor<10xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %r#1 : tensor<3xf32>
}
