// RUN: etch-opt %s --etch-simplify-tensors | FileCheck %s

// CHECK-LABEL: func.func @transposes
// CHECK-NEXT: %[[T:.*]] = etch.transpose %arg0 permutation = [2, 0, 1]
// CHECK-NEXT: return %[[T]]
func.func @transposes(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %0 = etch.transpose %x permutation = [1, 2, 0] : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %1 = etch.transpose %0 permutation = [1, 2, 0] : (tensor<3x4x2xf32>) -> tensor<4x2x3xf32>
  return %1 : tensor<4x2x3xf32>
}

// CHECK-LABEL: func.func @reshapes
// CHECK-NEXT: %[[R:.*]] = etch.reshape %arg0 shape = [12]
// CHECK-NEXT: return %[[R]]
func.func @reshapes(%x: tensor<2x6xf32>) -> tensor<12xf32> {
  %0 = etch.reshape %x shape = [3, 4] : (tensor<2x6xf32>) -> tensor<3x4xf32>
  %1 = etch.reshape %0 shape = [12] : (tensor<3x4xf32>) -> tensor<12xf32>
  return %1 : tensor<12xf32>
}

// CHECK-LABEL: func.func @transposed_operand
// CHECK-NEXT: etch.dot_general %arg0, %arg1 batch = [] x [] contract = [0] x [0]
func.func @transposed_operand(%x: tensor<3x2xf32>, %y: tensor<3x4xf32>) -> tensor<2x4xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<3x2xf32>) -> tensor<2x3xf32>
  %1 = etch.dot_general %0, %y batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return %1 : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @constants
// CHECK-NEXT: %[[SIX:.*]] = etch.constant dense<6.000000e+00>
// CHECK-NEXT: return %[[SIX]]
func.func @constants() -> tensor<f32> {
  %0 = etch.constant dense<2.0> : tensor<f32>
  %1 = etch.constant dense<3.0> : tensor<f32>
  %2 = etch.mul %0, %1 : tensor<f32>
  return %2 : tensor<f32>
}

// CHECK-LABEL: func.func @stopped
// CHECK-NEXT: return %arg0
func.func @stopped(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.stop_gradient %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// (x / 3) * 3 is not x.
// CHECK-LABEL: func.func @rounds
// CHECK: etch.div
// CHECK: etch.mul
func.func @rounds(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.constant dense<3.0> : tensor<2xf32>
  %1 = etch.div %x, %0 : tensor<2xf32>
  %2 = etch.mul %1, %0 : tensor<2xf32>
  return %2 : tensor<2xf32>
}
