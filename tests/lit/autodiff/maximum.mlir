// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// The larger side gets the gradient; equal sides half each.

func.func private @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.maximum %x, %y : tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[GREATER:.+]] = etch.greater %[[X]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[EQUAL:.+]] = etch.equal %[[X]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[G]], %[[B]] : tensor<4xf32>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT:.+]] = etch.select %[[EQUAL]], %[[MUL]], %[[B1]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[SELECT1:.+]] = etch.select %[[GREATER]], %[[G]], %[[SELECT]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[LESS:.+]] = etch.less %[[X]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[EQUAL1:.+]] = etch.equal %[[X]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[B2:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[G]], %[[B2]] : tensor<4xf32>
// CHECK-NEXT: %[[B3:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT2:.+]] = etch.select %[[EQUAL1]], %[[MUL1]], %[[B3]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[SELECT3:.+]] = etch.select %[[LESS]], %[[G]], %[[SELECT2]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: return %[[SELECT1]], %[[SELECT3]] : tensor<4xf32>, tensor<4xf32>
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
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[GREATER:.+]] = etch.greater %[[X]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[EQUAL:.+]] = etch.equal %[[X]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[DX]], %[[B]] : tensor<4xf32>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT:.+]] = etch.select %[[EQUAL]], %[[MUL]], %[[B1]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[SELECT1:.+]] = etch.select %[[GREATER]], %[[DX]], %[[SELECT]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[LESS:.+]] = etch.less %[[X]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[EQUAL1:.+]] = etch.equal %[[X]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[B2:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[DY]], %[[B2]] : tensor<4xf32>
// CHECK-NEXT: %[[B3:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT2:.+]] = etch.select %[[EQUAL1]], %[[MUL1]], %[[B3]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[SELECT3:.+]] = etch.select %[[LESS]], %[[DY]], %[[SELECT2]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[SELECT1]], %[[SELECT3]] : tensor<4xf32>
// CHECK-NEXT: return %[[ADD]] : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %y: tensor<4xf32>, %dx: tensor<4xf32>, %dy: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx, %dy) wrt = [0, 1]
    : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
