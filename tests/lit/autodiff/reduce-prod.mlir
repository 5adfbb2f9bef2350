// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Each element gets the product of all others, by halves: no division, so that zeros are nothing special.

func.func private @f(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  %r = etch.reduce_prod %x axes = [1] : (tensor<2x3xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<2xf32>
// CHECK: %[[C:.+]] = etch.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[SLICE:.+]] = etch.slice %[[X]] starts = [0, 0] limits = [2, 2] strides = [1, 1] : (tensor<2x3xf32>) -> tensor<2x2xf32>
// CHECK-NEXT: %[[SLICE1:.+]] = etch.slice %[[X]] starts = [0, 2] limits = [2, 3] strides = [1, 1] : (tensor<2x3xf32>) -> tensor<2x1xf32>
// CHECK-NEXT: %[[PAD:.+]] = etch.pad %[[SLICE1]], %[[C]] low = [0, 0] high = [0, 1] interior = [0, 0] : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x2xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[SLICE]], %[[PAD]] : tensor<2x2xf32>
// CHECK-NEXT: %[[SLICE2:.+]] = etch.slice %[[MUL]] starts = [0, 0] limits = [2, 1] strides = [1, 1] : (tensor<2x2xf32>) -> tensor<2x1xf32>
// CHECK-NEXT: %[[SLICE3:.+]] = etch.slice %[[MUL]] starts = [0, 1] limits = [2, 2] strides = [1, 1] : (tensor<2x2xf32>) -> tensor<2x1xf32>
// CHECK-NEXT: %[[CONCATENATE:.+]] = etch.concatenate %[[SLICE3]], %[[SLICE2]] axis = 1 : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[CONCATENATE]], %[[PAD]] : tensor<2x2xf32>
// CHECK-NEXT: %[[MUL2:.+]] = etch.mul %[[CONCATENATE]], %[[SLICE]] : tensor<2x2xf32>
// CHECK-NEXT: %[[CONCATENATE1:.+]] = etch.concatenate %[[MUL1]], %[[MUL2]] axis = 1 : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x4xf32>
// CHECK-NEXT: %[[SLICE4:.+]] = etch.slice %[[CONCATENATE1]] starts = [0, 0] limits = [2, 3] strides = [1, 1] : (tensor<2x4xf32>) -> tensor<2x3xf32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[G]] shape = [2, 3] dims = [0] : (tensor<2xf32>) -> tensor<2x3xf32>
// CHECK-NEXT: %[[MUL3:.+]] = etch.mul %[[B]], %[[SLICE4]] : tensor<2x3xf32>
// CHECK-NEXT: return %[[MUL3]] : tensor<2x3xf32>
func.func @reverse(%x: tensor<2x3xf32>, %g: tensor<2xf32>) -> tensor<2x3xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<2x3xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<2x3xf32>)
  return %r#1 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<2x3xf32>
// CHECK: %[[C:.+]] = etch.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[SLICE:.+]] = etch.slice %[[X]] starts = [0, 0] limits = [2, 2] strides = [1, 1] : (tensor<2x3xf32>) -> tensor<2x2xf32>
// CHECK-NEXT: %[[SLICE1:.+]] = etch.slice %[[X]] starts = [0, 2] limits = [2, 3] strides = [1, 1] : (tensor<2x3xf32>) -> tensor<2x1xf32>
// CHECK-NEXT: %[[PAD:.+]] = etch.pad %[[SLICE1]], %[[C]] low = [0, 0] high = [0, 1] interior = [0, 0] : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x2xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[SLICE]], %[[PAD]] : tensor<2x2xf32>
// CHECK-NEXT: %[[SLICE2:.+]] = etch.slice %[[MUL]] starts = [0, 0] limits = [2, 1] strides = [1, 1] : (tensor<2x2xf32>) -> tensor<2x1xf32>
// CHECK-NEXT: %[[SLICE3:.+]] = etch.slice %[[MUL]] starts = [0, 1] limits = [2, 2] strides = [1, 1] : (tensor<2x2xf32>) -> tensor<2x1xf32>
// CHECK-NEXT: %[[CONCATENATE:.+]] = etch.concatenate %[[SLICE3]], %[[SLICE2]] axis = 1 : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[CONCATENATE]], %[[PAD]] : tensor<2x2xf32>
// CHECK-NEXT: %[[MUL2:.+]] = etch.mul %[[CONCATENATE]], %[[SLICE]] : tensor<2x2xf32>
// CHECK-NEXT: %[[CONCATENATE1:.+]] = etch.concatenate %[[MUL1]], %[[MUL2]] axis = 1 : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x4xf32>
// CHECK-NEXT: %[[SLICE4:.+]] = etch.slice %[[CONCATENATE1]] starts = [0, 0] limits = [2, 3] strides = [1, 1] : (tensor<2x4xf32>) -> tensor<2x3xf32>
// CHECK-NEXT: %[[MUL3:.+]] = etch.mul %[[DX]], %[[SLICE4]] : tensor<2x3xf32>
// CHECK-NEXT: %[[REDUCESUM:.+]] = etch.reduce_sum %[[MUL3]] axes = [1] : (tensor<2x3xf32>) -> tensor<2xf32>
// CHECK-NEXT: return %[[REDUCESUM]] : tensor<2xf32>
func.func @forward(%x: tensor<2x3xf32>, %dx: tensor<2x3xf32>) -> tensor<2xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<2x3xf32>, tensor<2x3xf32>) -> (tensor<2xf32>, tensor<2xf32>)
  return %r#1 : tensor<2xf32>
}
