// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Each iteration keeps what it carries; p is computed again. The captured y sums its cotangents from iteration to iteration.

func.func private @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %zero = etch.constant dense<0> : tensor<i64>
  %ten = etch.constant dense<10> : tensor<i64>
  %r = etch.for %zero to %ten (%x) : (tensor<i64>, tensor<i64>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<4xf32>):
    %p = etch.mul %a, %y : tensor<4xf32>
    %s = etch.sin %p : tensor<4xf32>
    etch.yield %s : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<0> : tensor<i64>
// CHECK-NEXT: %[[C2:.+]] = etch.constant dense<10> : tensor<i64>
// CHECK-NEXT: %[[FOR:.+]] = etch.for %[[C1]] to %[[C2]](%[[X]]) : (tensor<i64>, tensor<i64>, tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: ^bb0(%[[ARG:[^:]+]]: tensor<i64>, %[[ARG1:[^:]+]]: tensor<4xf32>):
// CHECK-NEXT: etch.stack_push %[[ARG1]] id = 0 : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[ARG1]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[SIN:.+]] = etch.sin %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: etch.yield %[[SIN]] : tensor<4xf32>
// CHECK-NEXT: }
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[FOR1:[^:]+]]:2 = etch.for %[[C1]] to %[[C2]](%[[B]], %[[G]]) : (tensor<i64>, tensor<i64>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[ARG2:[^:]+]]: tensor<i64>, %[[ARG3:[^:]+]]: tensor<4xf32>, %[[ARG4:[^:]+]]: tensor<4xf32>):
// CHECK-NEXT: %[[STACKPOP:.+]] = etch.stack_pop id = 0 : () -> tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[STACKPOP]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[COS:.+]] = etch.cos %[[MUL1]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL2:.+]] = etch.mul %[[ARG4]], %[[COS]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL3:.+]] = etch.mul %[[MUL2]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL4:.+]] = etch.mul %[[MUL2]], %[[STACKPOP]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[ARG3]], %[[MUL4]] : tensor<4xf32>
// CHECK-NEXT: etch.yield %[[ADD]], %[[MUL3]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
// CHECK-NEXT: return %[[FOR1]]#1, %[[FOR1]]#0 : tensor<4xf32>, tensor<4xf32>
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
// CHECK: %[[C:.+]] = etch.constant dense<0> : tensor<i64>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<10> : tensor<i64>
// CHECK-NEXT: %[[FOR:[^:]+]]:2 = etch.for %[[C]] to %[[C1]](%[[X]], %[[DX]]) : (tensor<i64>, tensor<i64>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[ARG:[^:]+]]: tensor<i64>, %[[ARG1:[^:]+]]: tensor<4xf32>, %[[ARG2:[^:]+]]: tensor<4xf32>):
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[ARG1]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[ARG2]], %[[Y]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL2:.+]] = etch.mul %[[DY]], %[[ARG1]] : tensor<4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[MUL1]], %[[MUL2]] : tensor<4xf32>
// CHECK-NEXT: %[[SIN:.+]] = etch.sin %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: %[[COS:.+]] = etch.cos %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL3:.+]] = etch.mul %[[ADD]], %[[COS]] : tensor<4xf32>
// CHECK-NEXT: etch.yield %[[SIN]], %[[MUL3]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
// CHECK-NEXT: return %[[FOR]]#1 : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %y: tensor<4xf32>, %dx: tensor<4xf32>, %dy: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x, %y) tangents(%dx, %dy) wrt = [0, 1]
    : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
