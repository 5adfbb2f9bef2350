// RUN: etch-opt %s --etch-expand-derivatives --canonicalize | FileCheck %s
// Innermost first; the cube has 3 x^2 and 6 x.

func.func private @cube(%x: tensor<f32>) -> tensor<f32> {
  %s = etch.mul %x, %x : tensor<f32>
  %r = etch.mul %s, %x : tensor<f32>
  return %r : tensor<f32>
}
func.func private @slope(%x: tensor<f32>) -> tensor<f32> {
  %one = etch.constant dense<1.0> : tensor<f32>
  %r:2 = etch.vjp @cube(%x) cotangents(%one) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %r#1 : tensor<f32>
}

// CHECK-LABEL: func.func @reverse_over_reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<f32>
// CHECK: %[[ADD:.+]] = etch.add %[[X]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[ADD1:.+]] = etch.add %[[ADD]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[ADD2:.+]] = etch.add %[[ADD1]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[ADD3:.+]] = etch.add %[[ADD2]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[ADD4:.+]] = etch.add %[[ADD3]], %[[X]] : tensor<f32>
// CHECK-NEXT: return %[[ADD4]] : tensor<f32>
func.func @reverse_over_reverse(%x: tensor<f32>) -> tensor<f32> {
  %one = etch.constant dense<1.0> : tensor<f32>
  %r:2 = etch.vjp @slope(%x) cotangents(%one) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %r#1 : tensor<f32>
}

// CHECK-LABEL: func.func @forward_over_reverse(
// CHECK-SAME: %[[X:[^:]+]]: tensor<f32>
// CHECK: %[[ADD:.+]] = etch.add %[[X]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[ADD1:.+]] = etch.add %[[X]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[ADD2:.+]] = etch.add %[[ADD]], %[[ADD1]] : tensor<f32>
// CHECK-NEXT: %[[ADD3:.+]] = etch.add %[[X]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[ADD4:.+]] = etch.add %[[ADD2]], %[[ADD3]] : tensor<f32>
// CHECK-NEXT: return %[[ADD4]] : tensor<f32>
func.func @forward_over_reverse(%x: tensor<f32>) -> tensor<f32> {
  %one = etch.constant dense<1.0> : tensor<f32>
  %r:2 = etch.jvp @slope(%x) tangents(%one) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %r#1 : tensor<f32>
}
