// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Only what lies between a differentiated operand and a result with a cotangent is differentiated.

func.func private @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %s = etch.stop_gradient %x : tensor<4xf32>
  %n = etch.floor %x : tensor<4xf32>
  %p = etch.mul %x, %s : tensor<4xf32>
  %a = etch.add %p, %n : tensor<4xf32>
  %b = etch.exp %y : tensor<4xf32>
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}

// Through the product only, and there to one side.
// CHECK-LABEL: func.func @stopped(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[H:[^:]+]]: tensor<4xf32>
// CHECK: %[[STOPGRADIENT:.+]] = etch.stop_gradient %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[G]], %[[STOPGRADIENT]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL]] : tensor<4xf32>
func.func @stopped(%x: tensor<4xf32>, %y: tensor<4xf32>, %g: tensor<4xf32>, %h: tensor<4xf32>) -> tensor<4xf32> {
  %r:3 = etch.vjp @f(%x, %y) cotangents(%g, %h) wrt = [0] : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %r#2 : tensor<4xf32>
}

// A zero cotangent is none: y is not connected, and its cotangent is zero.
// CHECK-LABEL: func.func @unconnected(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[C:.+]] = etch.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[B:.+]] = etch.broadcast_in_dim %[[C]] shape = [4] dims = [] : (tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: return %[[B]] : tensor<4xf32>
func.func @unconnected(%x: tensor<4xf32>, %y: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %zero = etch.constant dense<0.0> : tensor<4xf32>
  %r:3 = etch.vjp @f(%x, %y) cotangents(%g, %zero) wrt = [1] : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %r#2 : tensor<4xf32>
}

// One value as two operands has two cotangents.
// CHECK-LABEL: func.func @twice(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[H:[^:]+]]: tensor<4xf32>
// CHECK: %[[STOPGRADIENT:.+]] = etch.stop_gradient %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[EXP:.+]] = etch.exp %[[X]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[H]], %[[EXP]] : tensor<4xf32>
// CHECK-NEXT: %[[MUL1:.+]] = etch.mul %[[G]], %[[STOPGRADIENT]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL1]], %[[MUL]] : tensor<4xf32>, tensor<4xf32>
func.func @twice(%x: tensor<4xf32>, %g: tensor<4xf32>, %h: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %r:4 = etch.vjp @f(%x, %x) cotangents(%g, %h) wrt = [0, 1] : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %r#2, %r#3 : tensor<4xf32>, tensor<4xf32>
}

// Nothing is multiplied by one.
// CHECK-LABEL: func.func @ones(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK: %[[EXP:.+]] = etch.exp %[[Y]] : tensor<4xf32>
// CHECK-NEXT: return %[[EXP]] : tensor<4xf32>
func.func @ones(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %one = etch.constant dense<1.0> : tensor<4xf32>
  %r:3 = etch.vjp @f(%x, %y) cotangents(%one, %one) wrt = [1] : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %r#2 : tensor<4xf32>
}

// An op without a rule is no obstacle where nothing is differentiated.
func.func private @inactive(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %h = etch.host_call 3 (%y) : (tensor<4xf32>) -> tensor<4xf32>
  %r = etch.mul %x, %h : tensor<4xf32>
  return %r : tensor<4xf32>
}
// CHECK-LABEL: func.func @past_host_call(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[Y:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf32>
// CHECK: %[[HOSTCALL:.+]] = etch.host_call 3(%[[Y]]) : (tensor<4xf32>) -> tensor<4xf32>
// CHECK-NEXT: %[[MUL:.+]] = etch.mul %[[G]], %[[HOSTCALL]] : tensor<4xf32>
// CHECK-NEXT: return %[[MUL]] : tensor<4xf32>
func.func @past_host_call(%x: tensor<4xf32>, %y: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.vjp @inactive(%x, %y) cotangents(%g) wrt = [0] : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
