// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// A loop over slices of a tensor: the cotangent of the tensor is written in place, slice by slice, last one first.

func.func private @f(%xs: tensor<8x4xf32>, %h: tensor<4xf32>) -> tensor<4xf32> {
  %zero = etch.constant dense<0> : tensor<i64>
  %eight = etch.constant dense<8> : tensor<i64>
  %r = etch.for %zero to %eight (%h) : (tensor<i64>, tensor<i64>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<4xf32>):
    %s = etch.dynamic_slice %xs starts %i, %zero sizes = [1, 4] : (tensor<8x4xf32>, tensor<i64>, tensor<i64>) -> tensor<1x4xf32>
    %x = etch.reshape %s shape = [4] : (tensor<1x4xf32>) -> tensor<4xf32>
    %b = etch.mul %a, %x : tensor<4xf32>
    etch.yield %b : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[XS:[^:]+]]: tensor<8x4xf32>
// CHECK-SAME: %[[H:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<1> : tensor<i64>
// CHECK-NEXT: %[[C1:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[C2:.+]] = etch.constant dense<0> : tensor<i64>
// CHECK-NEXT: %[[C3:.+]] = etch.constant dense<8> : tensor<i64>
// CHECK-NEXT: %[[FOR:.+]] = etch.for %[[C2]] to %[[C3]](%[[H]]) : (tensor<i64>, tensor<i64>, tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: ^bb0(%[[ARG:[^:]+]]: tensor<i64>, %[[ARG1:[^:]+]]: tensor<4xf32>):
// CHECK-NEXT: etch.stack_push %[[ARG1]] id = 0 : tensor<4xf32>
// CHECK-NEXT: %[[DYNAMICSLICE:.+]] = etch.dynamic_slice %[[XS]] starts %[[ARG]], %[[C2]] sizes = [1, 4] : (tensor<8x4xf32>, tensor<i64>, tensor<i64>) -> tensor<1x4xf32>
// CHECK-NEXT: %[[RESHAPE:.+]] = etch.reshape %[[DYNAMICSLICE]] shape = [4] : (tensor<1x4xf32>) -> tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[ARG1]], %[[RESHAPE]] : tensor<4xf32>
// CHECK-NEXT: etch.yield %[[MUL]] : tensor<4xf32>
// CHECK-NEXT: }
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C1]] shape = [8, 4] dims = [] : (tensor<f32>) -> tensor<8x4xf32>
// CHECK-NEXT: %[[SUB:.+]] = etch.sub %[[C3]], %[[C]] : tensor<i64>
// CHECK-NEXT: %[[FOR1:[^:]+]]:2 = etch.for %[[C2]] to %[[C3]](%[[B]], %[[G]]) : (tensor<i64>, tensor<i64>, tensor<8x4xf32>, tensor<4xf32>) -> (tensor<8x4xf32>, tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[ARG2:[^:]+]]: tensor<i64>, %[[ARG3:[^:]+]]: tensor<8x4xf32>, %[[ARG4:[^:]+]]: tensor<4xf32>):
// CHECK-NEXT: %[[SUB1:.+]] = etch.sub %[[SUB]], %[[ARG2]] : tensor<i64>
// CHECK-NEXT: %[[STACKPOP:.+]] = etch.stack_pop id = 0 : () -> tensor<4xf32>
// CHECK-NEXT: %[[DYNAMICSLICE1:.+]] = etch.dynamic_slice %[[XS]] starts %[[SUB1]], %[[C2]] sizes = [1, 4] : (tensor<8x4xf32>, tensor<i64>, tensor<i64>) -> tensor<1x4xf32>
// CHECK-NEXT: %[[RESHAPE1:.+]] = etch.reshape %[[DYNAMICSLICE1]] shape = [4] : (tensor<1x4xf32>) -> tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[ARG4]], %[[RESHAPE1]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL2:.+]] = etch.mul %[[ARG4]], %[[STACKPOP]] : tensor<4xf32>
// CHECK-NEXT: %[[RESHAPE2:.+]] = etch.reshape %[[MUL2]] shape = [1, 4] : (tensor<4xf32>) -> tensor<1x4xf32>
// CHECK-NEXT: %[[DYNAMICSLICE2:.+]] = etch.dynamic_slice %[[ARG3]] starts %[[SUB1]], %[[C2]] sizes = [1, 4] : (tensor<8x4xf32>, tensor<i64>, tensor<i64>) -> tensor<1x4xf32>
// CHECK-NEXT: %[[ADD:.+]] = etch.add %[[DYNAMICSLICE2]], %[[RESHAPE2]] : tensor<1x4xf32>
// CHECK-NEXT: %[[DYNAMICUPDATESLICE:.+]] = etch.dynamic_update_slice %[[ARG3]], %[[ADD]] starts %[[SUB1]], %[[C2]] : (tensor<8x4xf32>, tensor<1x4xf32>, tensor<i64>, tensor<i64>) -> tensor<8x4xf32>
// CHECK-NEXT: etch.yield %[[DYNAMICUPDATESLICE]], %[[MUL1]] : tensor<8x4xf32>, tensor<4xf32>
// CHECK-NEXT: }
// CHECK-NEXT: return %[[FOR1]]#0 : tensor<8x4xf32>
func.func @reverse(%xs: tensor<8x4xf32>, %h: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<8x4xf32> {
  %r:2 = etch.vjp @f(%xs, %h) cotangents(%g) wrt = [0] : (tensor<8x4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<8x4xf32>)
  return %r#1 : tensor<8x4xf32>
}
