// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Only the chosen side gets a gradient.

func.func private @f(%x: tensor<4xi1>, %y: tensor<4xf32>, %z: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.select %x, %y, %z : tensor<4xi1>, tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xi1>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Z:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT:.+]] = etch.select %[[X]], %[[G]], %[[B]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT1:.+]] = etch.select %[[X]], %[[B1]], %[[G]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: return %[[SELECT]], %[[SELECT1]] : tensor<4xf32>, tensor<4xf32>
func.func @reverse(%x: tensor<4xi1>, %y: tensor<4xf32>, %z: tensor<4xf32>, %g: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %r:3 = etch.vjp @f(%x, %y, %z) cotangents(%g) wrt = [1, 2]
    : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %r#1, %r#2 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xi1>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Z:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DY:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DZ:[^:]+]]: tensor<4xf32>
// CHECK: %[[SELECT:.+]] = etch.select %[[X]], %[[DY]], %[[DZ]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: return %[[SELECT]] : tensor<4xf32>
func.func @forward(%x: tensor<4xi1>, %y: tensor<4xf32>, %z: tensor<4xf32>, %dy: tensor<4xf32>, %dz: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x, %y, %z) tangents(%dy, %dz) wrt = [1, 2]
    : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
