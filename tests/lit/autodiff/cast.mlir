// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Between floats the cotangent is cast back.

func.func private @f(%x: tensor<4xf32>) -> tensor<4xf64> {
  %r = etch.cast %x {dtype = f64} : (tensor<4xf32>) -> tensor<4xf64>
  return %r : tensor<4xf64>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[G:[^:]+]]: tensor<4xf64>
// CHECK: %[[CAST:.+]] = etch.cast %[[G]] {dtype = f32} : (tensor<4xf64>) -> tensor<4xf32>
// CHECK-NEXT: return %[[CAST]] : tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf64>) -> tensor<4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0]
    : (tensor<4xf32>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4xf32>
// CHECK-SAME: %[[DX:[^:]+]]: tensor<4xf32>
// CHECK: %[[CAST:.+]] = etch.cast %[[DX]] {dtype = f64} : (tensor<4xf32>) -> tensor<4xf64>
// CHECK-NEXT: return %[[CAST]] : tensor<4xf64>
func.func @forward(%x: tensor<4xf32>, %dx: tensor<4xf32>) -> tensor<4xf64> {
  %r:2 = etch.jvp @f(%x) tangents(%dx) wrt = [0]
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf64>, tensor<4xf64>)
  return %r#1 : tensor<4xf64>
}
