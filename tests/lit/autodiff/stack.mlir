// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// The cotangent of what is popped is pushed on another stack, and popped where the value was pushed.

func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  etch.stack_push %x id = 7 : tensor<4xf32>
  %p = etch.stack_pop id = 7 : () -> tensor<4xf32>
  %r = etch.sin %p : tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: etch.stack_push %[[X]] id = 7 : tensor<4xf32>
// CHECK-NEXT: %[[STACKPOP:.+]] = etch.stack_pop id = 7 : () -> tensor<4xf32>
// CHECK-NEXT: %[[COS:.+]] = etch.cos %[[STACKPOP]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[G]], %[[COS]] : tensor<4xf32>
// CHECK-NEXT: etch.stack_push %[[MUL]] id = 8 : tensor<4xf32>
// CHECK-NEXT: %[[STACKPOP1:.+]] = etch.stack_pop id = 8 : () -> tensor<4xf32>
// CHECK-NEXT: return %[[STACKPOP1]] : tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<4xf32>
// CHECK: etch.stack_push %[[X]] id = 7 : tensor<4xf32>
// CHECK-NEXT: etch.stack_push %[[DX]] id = 9 : tensor<4xf32>
// CHECK-NEXT: %[[STACKPOP:.+]] = etch.stack_pop id = 7 : () -> tensor<4xf32>
// CHECK-NEXT: %[[STACKPOP1:.+]] = etch.stack_pop id = 9 : () -> tensor<4xf32>
// CHECK-NEXT: %[[COS:.+]] = etch.cos %[[STACKPOP]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[STACKPOP1]], %[[COS]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL]] : tensor<4xf32>
func.func @forward(%x: tensor<4xf32>, %dx: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
