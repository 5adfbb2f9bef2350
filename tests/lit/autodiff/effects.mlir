// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Effects of a loop run once, in the forward direction. What they return is kept.

func.func private @f(%x: tensor<f32>) -> tensor<f32> {
  %zero = etch.constant dense<0> : tensor<i64>
  %ten = etch.constant dense<10> : tensor<i64>
  %r = etch.for %zero to %ten (%x) : (tensor<i64>, tensor<i64>, tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i64>, %a: tensor<f32>):
    etch.print "{}" (%a) : tensor<f32>
    %h = etch.host_call 3 () : () -> tensor<f32>
    %p = etch.mul %a, %h : tensor<f32>
    etch.yield %p : tensor<f32>
  }
  return %r : tensor<f32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<f32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<f32>
// CHECK: %[[C:.+]] = etch.constant dense<0> : tensor<i64>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<10> : tensor<i64>
// CHECK-NEXT: %[[FOR:.+]] = etch.for %[[C]] to %[[C1]](%[[X]]) : (tensor<i64>, tensor<i64>, tensor<f32>) -> tensor<f32> {
// CHECK-NEXT: ^bb0(%[[ARG:[^:]+]]: tensor<i64>, %[[ARG1:[^:]+]]: tensor<f32>):
// CHECK-NEXT: etch.print "{}"(%[[ARG1]]) : tensor<f32>
// CHECK-NEXT: %[[HOSTCALL:.+]] = etch.host_call 3() : () -> tensor<f32>
// CHECK-NEXT: etch.stack_push %[[HOSTCALL]] id = 0 : tensor<f32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[ARG1]], %[[HOSTCALL]] : tensor<f32>
// CHECK-NEXT: etch.yield %[[MUL]] : tensor<f32>
// CHECK-NEXT: }
// CHECK-NEXT: %[[FOR1:.+]] = etch.for %[[C]] to %[[C1]](%[[G]]) : (tensor<i64>, tensor<i64>, tensor<f32>) -> tensor<f32> {
// CHECK-NEXT: ^bb0(%[[ARG2:[^:]+]]: tensor<i64>, %[[ARG3:[^:]+]]: tensor<f32>):
// CHECK-NEXT: %[[STACKPOP:.+]] = etch.stack_pop id = 0 : () -> tensor<f32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[ARG3]], %[[STACKPOP]] : tensor<f32>
// CHECK-NEXT: etch.yield %[[MUL1]] : tensor<f32>
// CHECK-NEXT: }
// CHECK-NEXT: return %[[FOR1]] : tensor<f32>
func.func @reverse(%x: tensor<f32>, %g: tensor<f32>) -> tensor<f32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %r#1 : tensor<f32>
}
