// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Updates get what is at their indices, and nothing where they were dropped.

func.func private @f(%x: tensor<5x2xf32>, %y: tensor<3xi32>, %z: tensor<3x2xf32>) -> tensor<5x2xf32> {
  %r = etch.scatter_add %x, %y, %z axis = 0 : (tensor<5x2xf32>, tensor<3xi32>, tensor<3x2xf32>) -> tensor<5x2xf32>
  return %r : tensor<5x2xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<5x2xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<3xi32>
// CHECK-SAME: %[[Z:[^:]+]]: tensor<3x2xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<5x2xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<5> : tensor<i32>
// CHECK-NEXT: %[[C2:.+]] = etch.constant dense<0> : tensor<i32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C2]] shape = [3] dims = [] : (tensor<i32>) -> tensor<3xi32>
// CHECK-NEXT: %[[GREATEREQUAL:.+]] = etch.greater_equal %[[Y]], %[[B]] : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[C1]] shape = [3] dims = [] : (tensor<i32>) -> tensor<3xi32>
// CHECK-NEXT: %[[LESS:.+]] = etch.less %[[Y]], %[[B1]] : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
// CHECK-NEXT: %[[LOGICALAND:.+]] = etch.logical_and %[[GREATEREQUAL]], %[[LESS]] : tensor<3xi1>
// CHECK-NEXT: %[[TAKE:.+]] = etch.take %[[G]], %[[Y]] axis = 0 : (tensor<5x2xf32>, tensor<3xi32>) -> tensor<3x2xf32>
// CHECK-NEXT: %[[B2:.+]] = etch.broadcast_in_dim %[[LOGICALAND]] shape = [3, 2] dims = [0] : (tensor<3xi1>) -> tensor<3x2xi1>
// CHECK-NEXT: %[[B3:.+]] = etch.broadcast_in_dim %[[C]] shape = [3, 2] dims = [] : (tensor<f32>) -> tensor<3x2xf32>
// CHECK-NEXT: %[[SELECT:.+]] = etch.select %[[B2]], %[[TAKE]], %[[B3]] : tensor<3x2xi1>, tensor<3x2xf32>
// CHECK-NEXT: return %[[G]], %[[SELECT]] : tensor<5x2xf32>, tensor<3x2xf32>
func.func @reverse(%x: tensor<5x2xf32>, %y: tensor<3xi32>, %z: tensor<3x2xf32>, %g: tensor<5x2xf32>) -> (tensor<5x2xf32>, tensor<3x2xf32>) {
  %r:3 = etch.vjp @f(%x, %y, %z) cotangents(%g) wrt = [0, 2]
    : (tensor<5x2xf32>, tensor<3xi32>, tensor<3x2xf32>, tensor<5x2xf32>) -> (tensor<5x2xf32>, tensor<5x2xf32>, tensor<3x2xf32>)
  return %r#1, %r#2 : tensor<5x2xf32>, tensor<3x2xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<5x2xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<3xi32>
// CHECK-SAME: %[[Z:[^:]+]]: tensor<3x2xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<5x2xf32>
// CHECK-SAME: %[[DZ:[^:]+]]: tensor<3x2xf32>
// CHECK: %[[SCATTERADD:.+]] = etch.scatter_add %[[DX]], %[[Y]], %[[DZ]] axis = 0 : (tensor<5x2xf32>, tensor<3xi32>, tensor<3x2xf32>) -> tensor<5x2xf32>
// CHECK-NEXT: return %[[SCATTERADD]] : tensor<5x2xf32>
func.func @forward(%x: tensor<5x2xf32>, %y: tensor<3xi32>, %z: tensor<3x2xf32>, %dx: tensor<5x2xf32>, %dz: tensor<3x2xf32>) -> tensor<5x2xf32> {
  %r:2 = etch.jvp @f(%x, %y, %z) tangents(%dx, %dz) wrt = [0, 2]
    : (tensor<5x2xf32>, tensor<3xi32>, tensor<3x2xf32>, tensor<5x2xf32>, tensor<3x2xf32>) -> (tensor<5x2xf32>, tensor<5x2xf32>)
  return %r#1 : tensor<5x2xf32>
}
