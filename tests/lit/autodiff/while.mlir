// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// The loop counts its iterations, and the reverse is a for of as many. The bound has no derivative.

func.func private @f(%x: tensor<4xf32>, %y: tensor<f32>) -> tensor<4xf32> {
  %r = etch.while (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %n = etch.reduce_sum %a axes = [0] : (tensor<4xf32>) -> tensor<f32>
    %c = etch.less %n, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
    etch.yield %c : tensor<i1>
  } do {
  ^bb0(%a: tensor<4xf32>):
    %s = etch.square %a : tensor<4xf32>
    etch.yield %s : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<f32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<2.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[C2:.+]] = etch.constant dense<1> : tensor<i64>
// CHECK-NEXT: %[[C3:.+]] = etch.constant dense<0> : tensor<i64>
// CHECK-NEXT: %[[WHILE:[^:]+]]:2 = etch.while(%[[X]], %[[C3]]) : (tensor<4xf32>, tensor<i64>) -> (tensor<4xf32>, tensor<i64>) {
// CHECK-NEXT: ^bb0(%[[ARG:[^:]+]]: tensor<4xf32>, %[[ARG1:[^:]+]]: tensor<i64>):
// CHECK-NEXT: %[[REDUCESUM:.+]] = etch.reduce_sum %[[ARG]] axes = [0] : (tensor<4xf32>) -> tensor<f32>
// CHECK-NEXT: %[[LESS:.+]] = etch.less %[[REDUCESUM]], %[[Y]] : (tensor<f32>, tensor<f32>) -> tensor<i1>
// CHECK-NEXT: etch.yield %[[LESS]] : tensor<i1>
// CHECK-NEXT: } do {
// CHECK-NEXT: ^bb0(%[[ARG2:[^:]+]]: tensor<4xf32>, %[[ARG3:[^:]+]]: tensor<i64>):
// CHECK-NEXT: etch.stack_push %[[ARG2]] id = 0 : tensor<4xf32>
// CHECK-NEXT: %[[SQUARE:.+]] = etch.square %[[ARG2]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[ARG3]], %[[C2]] : tensor<i64>
// CHECK-NEXT: etch.yield %[[SQUARE]], %[[ADD]] : tensor<4xf32>, tensor<i64>
// CHECK-NEXT: }
// CHECK-NEXT: %[[FOR:.+]] = etch.for %[[C3]] to %[[WHILE]]#1(%[[G]]) : (tensor<i64>, tensor<i64>, tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: ^bb0(%[[ARG4:[^:]+]]: tensor<i64>, %[[ARG5:[^:]+]]: tensor<4xf32>):
// CHECK-NEXT: %[[STACKPOP:.+]] = etch.stack_pop id = 0 : () -> tensor<4xf32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C1]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[B]], %[[STACKPOP]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[ARG5]], %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: etch.yield %[[MUL1]] : tensor<4xf32>
// CHECK-NEXT: }
// CHECK-NEXT: return %[[FOR]], %[[C]] : tensor<4xf32>, tensor<f32>
func.func @reverse(%x: tensor<4xf32>, %y: tensor<f32>, %g: tensor<4xf32>) -> (tensor<4xf32>, tensor<f32>) {
  %r:3 = etch.vjp @f(%x, %y) cotangents(%g) wrt = [0, 1]
    : (tensor<4xf32>, tensor<f32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<f32>)
  return %r#1, %r#2 : tensor<4xf32>, tensor<f32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<f32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DY:[^:]+]]: tensor<f32>
// CHECK: %[[C:.+]] = etch.constant dense<2.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[WHILE:[^:]+]]:2 = etch.while(%[[X]], %[[DX]]) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[ARG:[^:]+]]: tensor<4xf32>, %[[ARG1:[^:]+]]: tensor<4xf32>):
// CHECK-NEXT: %[[REDUCESUM:.+]] = etch.reduce_sum %[[ARG]] axes = [0] : (tensor<4xf32>) -> tensor<f32>
// CHECK-NEXT: %[[LESS:.+]] = etch.less %[[REDUCESUM]], %[[Y]] : (tensor<f32>, tensor<f32>) -> tensor<i1>
// CHECK-NEXT: etch.yield %[[LESS]] : tensor<i1>
// CHECK-NEXT: } do {
// CHECK-NEXT: ^bb0(%[[ARG2:[^:]+]]: tensor<4xf32>, %[[ARG3:[^:]+]]: tensor<4xf32>):
// CHECK-NEXT: %[[SQUARE:.+]] = etch.square %[[ARG2]] : tensor<4xf32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[B]], %[[ARG2]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[ARG3]], %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: etch.yield %[[SQUARE]], %[[MUL1]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
// CHECK-NEXT: return %[[WHILE]]#1 : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %y: tensor<f32>, %dx: tensor<4xf32>, %dy: tensor<f32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx, %dy) wrt = [0, 1]
    : (tensor<4xf32>, tensor<f32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
