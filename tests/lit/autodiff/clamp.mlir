// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// clamp(min, x, max): to x strictly between the bounds, to the bound that is the result otherwise.

func.func private @f(%x: tensor<4xf32>, %y: tensor<4xf32>, %z: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.clamp %x, %y, %z : tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Z:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[LESSEQUAL:.+]] = etch.less_equal %[[Y]], %[[X]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[LESS:.+]] = etch.less %[[X]], %[[Z]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[LOGICALAND:.+]] = etch.logical_and %[[LESSEQUAL]], %[[LESS]] : tensor<4xi1>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT:.+]] = etch.select %[[LOGICALAND]], %[[G]], %[[B]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[LESS1:.+]] = etch.less %[[X]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[LESS2:.+]] = etch.less %[[Y]], %[[Z]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[LOGICALAND1:.+]] = etch.logical_and %[[LESS1]], %[[LESS2]] : tensor<4xi1>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT1:.+]] = etch.select %[[LOGICALAND1]], %[[G]], %[[B1]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[LESSEQUAL1:.+]] = etch.less_equal %[[Z]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[LESSEQUAL2:.+]] = etch.less_equal %[[Z]], %[[X]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[LOGICALOR:.+]] = etch.logical_or %[[LESSEQUAL1]], %[[LESSEQUAL2]] : tensor<4xi1>
// CHECK-NEXT: %[[B2:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT2:.+]] = etch.select %[[LOGICALOR]], %[[G]], %[[B2]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: return %[[SELECT]], %[[SELECT1]], %[[SELECT2]] : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %y: tensor<4xf32>, %z: tensor<4xf32>, %g: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %r:4 = etch.vjp @f(%x, %y, %z) cotangents(%g) wrt = [0, 1, 2]
    : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %r#1, %r#2, %r#3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Z:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DY:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DZ:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[LESSEQUAL:.+]] = etch.less_equal %[[Y]], %[[X]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[LESS:.+]] = etch.less %[[X]], %[[Z]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[LOGICALAND:.+]] = etch.logical_and %[[LESSEQUAL]], %[[LESS]] : tensor<4xi1>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT:.+]] = etch.select %[[LOGICALAND]], %[[DX]], %[[B]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[LESS1:.+]] = etch.less %[[X]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[LESS2:.+]] = etch.less %[[Y]], %[[Z]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[LOGICALAND1:.+]] = etch.logical_and %[[LESS1]], %[[LESS2]] : tensor<4xi1>
// CHECK-NEXT: %[[B1:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT1:.+]] = etch.select %[[LOGICALAND1]], %[[DY]], %[[B1]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[SELECT]], %[[SELECT1]] : tensor<4xf32>
// CHECK-NEXT: %[[LESSEQUAL1:.+]] = etch.less_equal %[[Z]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[LESSEQUAL2:.+]] = etch.less_equal %[[Z]], %[[X]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
// CHECK-NEXT: %[[LOGICALOR:.+]] = etch.logical_or %[[LESSEQUAL1]], %[[LESSEQUAL2]] : tensor<4xi1>
// CHECK-NEXT: %[[B2:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[SELECT2:.+]] = etch.select %[[LOGICALOR]], %[[DZ]], %[[B2]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[ADD1:.+]] = etch.add %[[ADD]], %[[SELECT2]] : tensor<4xf32>
// CHECK-NEXT: return %[[ADD1]] : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %y: tensor<4xf32>, %z: tensor<4xf32>, %dx: tensor<4xf32>, %dy: tensor<4xf32>, %dz: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x, %y, %z) tangents(%dx, %dy, %dz) wrt = [0, 1, 2]
    : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
