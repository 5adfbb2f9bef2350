// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// (x^y)_x = y x^(y - 1), 0 for y = 0; (x^y)_y = r log(x), 0 for x = 0.

func.func private @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.pow %x, %y : tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[POW:.+]] = etch.pow %[[X]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[EQUAL:.+]] = etch.equal %[[Y]], %[[B]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[EQUAL1:.+]] = etch.equal %[[Y]], %[[B1]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[B2:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SUB:.+]] = etch.sub %[[Y]], %[[B2]] : tensor<4xf32>
// CHECK-NEXT: %[[B3:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT:.+]] = etch.select %[[EQUAL1]], %[[B3]], %[[SUB]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[POW1:.+]] = etch.pow %[[X]], %[[SELECT]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[Y]], %[[POW1]] : tensor<4xf32>
// CHECK-NEXT: %[[B4:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT1:.+]] = etch.select %[[EQUAL]], %[[B4]], %[[MUL]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[G]], %[[SELECT1]] : tensor<4xf32>
// CHECK-NEXT: %[[B5:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[EQUAL2:.+]] = etch.equal %[[X]], %[[B5]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[B6:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT2:.+]] = etch.select %[[EQUAL2]], %[[B6]], %[[X]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[LOG:.+]] = etch.log %[[SELECT2]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL2:.+]] = etch.mul %[[POW]], %[[LOG]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL3:.+]] = etch.mul %[[G]], %[[MUL2]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL1]], %[[MUL3]] : tensor<4xf32>, tensor<4xf32>
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
// CHECK: %[[C:.+]] = etch.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[POW:.+]] = etch.pow %[[X]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[EQUAL:.+]] = etch.equal %[[Y]], %[[B]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[EQUAL1:.+]] = etch.equal %[[Y]], %[[B1]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[B2:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SUB:.+]] = etch.sub %[[Y]], %[[B2]] : tensor<4xf32>
// CHECK-NEXT: %[[B3:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT:.+]] = etch.select %[[EQUAL1]], %[[B3]], %[[SUB]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[POW1:.+]] = etch.pow %[[X]], %[[SELECT]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[Y]], %[[POW1]] : tensor<4xf32>
// CHECK-NEXT: %[[B4:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT1:.+]] = etch.select %[[EQUAL]], %[[B4]], %[[MUL]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[DX]], %[[SELECT1]] : tensor<4xf32>
// CHECK-NEXT: %[[B5:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[EQUAL2:.+]] = etch.equal %[[X]], %[[B5]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[B6:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT2:.+]] = etch.select %[[EQUAL2]], %[[B6]], %[[X]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[LOG:.+]] = etch.log %[[SELECT2]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL2:.+]] = etch.mul %[[POW]], %[[LOG]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL3:.+]] = etch.mul %[[DY]], %[[MUL2]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[MUL1]], %[[MUL3]] : tensor<4xf32>
// CHECK-NEXT: return %[[ADD]] : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %y: tensor<4xf32>, %dx: tensor<4xf32>, %dy: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx, %dy) wrt = [0, 1]
    : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
