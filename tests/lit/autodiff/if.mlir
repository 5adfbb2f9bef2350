// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// The reverse of a branch is a branch. The product is kept on a stack, its sine not: cos(p) needs p only.

func.func private @f(%x: tensor<i1>, %y: tensor<4xf32>, %z: tensor<4x4xf32>) -> tensor<4xf32> {
  %r = etch.if %x : (tensor<i1>) -> tensor<4xf32> {
    %p = etch.dot_general %y, %z batch = [] x [] contract = [0] x [0] : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4xf32>
    %s = etch.sin %p : tensor<4xf32>
    etch.yield %s : tensor<4xf32>
  } else {
    etch.yield %y : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<i1>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Z:[^:]+]]: tensor<4x4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[IF:.+]] = etch.if %[[X]] : (tensor<i1>) -> tensor<4xf32> {
// CHECK-NEXT: %[[DOTGENERAL:.+]] = etch.dot_general %[[Y]], %[[Z]] batch = [] x [] contract = [0] x [0] : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4xf32>
// CHECK-NEXT: etch.stack_push %[[DOTGENERAL]] id = 0 : tensor<4xf32>
// CHECK-NEXT: %[[SIN:.+]] = etch.sin %[[DOTGENERAL]] : tensor<4xf32>
// CHECK-NEXT: etch.yield %[[SIN]] : tensor<4xf32>
// CHECK-NEXT: } else {
// CHECK-NEXT: etch.yield %[[Y]] : tensor<4xf32>
// CHECK-NEXT: }
// CHECK-NEXT: %[[IF1:[^:]+]]:2 = etch.if %[[X]] : (tensor<i1>) -> (tensor<4xf32>, tensor<4x4xf32>) {
// CHECK-NEXT: %[[STACKPOP:.+]] = etch.stack_pop id = 0 : () -> tensor<4xf32>
// CHECK-NEXT: %[[COS:.+]] = etch.cos %[[STACKPOP]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[G]], %[[COS]] : tensor<4xf32>
// CHECK-NEXT: %[[DOTGENERAL1:.+]] = etch.dot_general %[[MUL]], %[[Z]] batch = [] x [] contract = [0] x [1] : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4xf32>
// CHECK-NEXT: %[[DOTGENERAL2:.+]] = etch.dot_general %[[Y]], %[[MUL]] batch = [] x [] contract = [] x [] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4x4xf32>
// CHECK-NEXT: etch.yield %[[DOTGENERAL1]], %[[DOTGENERAL2]] : tensor<4xf32>, tensor<4x4xf32>
// CHECK-NEXT: } else {
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] shape = [4, 4] dims = [] : (tensor<f32>) -> tensor<4x4xf32>
// CHECK-NEXT: etch.yield %[[G]], %[[B]] : tensor<4xf32>, tensor<4x4xf32>
// CHECK-NEXT: }
// CHECK-NEXT: return %[[IF1]]#0, %[[IF1]]#1 : tensor<4xf32>, tensor<4x4xf32>
func.func @reverse(%x: tensor<i1>, %y: tensor<4xf32>, %z: tensor<4x4xf32>, %g: tensor<4xf32>) -> (tensor<4xf32>, tensor<4x4xf32>) {
  %r:3 = etch.vjp @f(%x, %y, %z) cotangents(%g) wrt = [1, 2]
    : (tensor<i1>, tensor<4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4x4xf32>)
  return %r#1, %r#2 : tensor<4xf32>, tensor<4x4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<i1>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Z:[^:]+]]: tensor<4x4xf32>
// CHECK-SAME: %[[DY:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DZ:[^:]+]]: tensor<4x4xf32>
// CHECK: %[[IF:[^:]+]]:2 = etch.if %[[X]] : (tensor<i1>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: %[[DOTGENERAL:.+]] = etch.dot_general %[[Y]], %[[Z]] batch = [] x [] contract = [0] x [0] : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4xf32>
// CHECK-NEXT: %[[DOTGENERAL1:.+]] = etch.dot_general %[[DY]], %[[Z]] batch = [] x [] contract = [0] x [0] : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4xf32>
// CHECK-NEXT: %[[DOTGENERAL2:.+]] = etch.dot_general %[[Y]], %[[DZ]] batch = [] x [] contract = [0] x [0] : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[DOTGENERAL1]], %[[DOTGENERAL2]] : tensor<4xf32>
// CHECK-NEXT: %[[SIN:.+]] = etch.sin %[[DOTGENERAL]] : tensor<4xf32>
// CHECK-NEXT: %[[COS:.+]] = etch.cos %[[DOTGENERAL]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[ADD]], %[[COS]] : tensor<4xf32>
// CHECK-NEXT: etch.yield %[[SIN]], %[[MUL]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: } else {
// CHECK-NEXT: etch.yield %[[Y]], %[[DY]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
// CHECK-NEXT: return %[[IF]]#1 : tensor<4xf32>
func.func @forward(%x: tensor<i1>, %y: tensor<4xf32>, %z: tensor<4x4xf32>, %dy: tensor<4xf32>, %dz: tensor<4x4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x, %y, %z) tangents(%dy, %dz) wrt = [1, 2]
    : (tensor<i1>, tensor<4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
