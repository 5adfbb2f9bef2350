// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Added at the indices, clamped as they were.

func.func private @f(%x: tensor<5x2xf32>, %y: tensor<3xi32>) -> tensor<3x2xf32> {
  %r = etch.take %x, %y axis = 0 : (tensor<5x2xf32>, tensor<3xi32>) -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<5x2xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<3xi32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<3x2xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<1> : tensor<i32>
// CHECK-NEXT: %[[C2:.+]] = etch.constant dense<5> : tensor<i32>
// CHECK-NEXT: %[[C3:.+]] = etch.constant dense<0> : tensor<i32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C3]] shape = [3] dims = [] : (tensor<i32>) -> tensor<3xi32>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[C2]] shape = [3] dims = [] : (tensor<i32>) -> tensor<3xi32>
// CHECK-NEXT: %[[B2:.+]] = etch.broadcast_in_dim %[[C1]] shape = [3] dims = [] : (tensor<i32>) -> tensor<3xi32>
// CHECK-NEXT: %[[SUB:.+]] = etch.sub %[[B1]], %[[B2]] : tensor<3xi32>
// CHECK-NEXT: %[[CLAMP:.+]] = etch.clamp %[[B]], %[[Y]], %[[SUB]] : tensor<3xi32>
// CHECK-NEXT: %[[B3:.+]] = etch.broadcast_in_dim %[[C]] shape = [5, 2] dims = [] : (tensor<f32>) -> tensor<5x2xf32>
// CHECK-NEXT: %[[SCATTERADD:.+]] = etch.scatter_add %[[B3]], %[[CLAMP]], %[[G]] axis = 0 : (tensor<5x2xf32>, tensor<3xi32>, tensor<3x2xf32>) -> tensor<5x2xf32>
// CHECK-NEXT: return %[[SCATTERADD]] : tensor<5x2xf32>
func.func @reverse(%x: tensor<5x2xf32>, %y: tensor<3xi32>, %g: tensor<3x2xf32>) -> tensor<5x2xf32> {
  %r:2 = etch.vjp @f(%x, %y) cotangents(%g) wrt = [0]
    : (tensor<5x2xf32>, tensor<3xi32>, tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<5x2xf32>)
  return %r#1 : tensor<5x2xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<5x2xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<3xi32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<5x2xf32>
// CHECK: %[[TAKE:.+]] = etch.take %[[DX]], %[[Y]] axis = 0 : (tensor<5x2xf32>, tensor<3xi32>) -> tensor<3x2xf32>
// CHECK-NEXT: return %[[TAKE]] : tensor<3x2xf32>
func.func @forward(%x: tensor<5x2xf32>, %y: tensor<3xi32>, %dx: tensor<5x2xf32>) -> tensor<3x2xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx) wrt = [0]
    : (tensor<5x2xf32>, tensor<3xi32>, tensor<5x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>)
  return %r#1 : tensor<3x2xf32>
}
