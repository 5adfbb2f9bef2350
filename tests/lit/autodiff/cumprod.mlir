// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// The adjoint of a product is a recurrence from the other end; nothing is divided.

func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.cumprod %x axis = 0 exclusive = 0 reverse = 0 : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-NOT: etch.div
// CHECK: etch.cumprod %{{.*}} axis = 0 exclusive = 1 reverse = 0
// CHECK: etch.linear_scan %{{.*}}, %{{.*}} axis = 0 reverse = 1
// CHECK: etch.mul
// CHECK: return
func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
