// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @transpose(
// CHECK: etch.transpose %{{.*}} permutation = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
func.func @transpose(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %0 = etch.transpose %x permutation = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  return %0 : tensor<4x2x3xf32>
}

// CHECK-LABEL: func.func @transpose_scalar(
// CHECK: etch.transpose %{{.*}} permutation = [] : (tensor<f32>) -> tensor<f32>
func.func @transpose_scalar(%x: tensor<f32>) -> tensor<f32> {
  %0 = etch.transpose %x permutation = [] : (tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @transpose_unknown_extent(
// CHECK: etch.transpose %{{.*}} permutation = [1, 0] : (tensor<?x3xf32>) -> tensor<3x?xf32>
func.func @transpose_unknown_extent(%x: tensor<?x3xf32>) -> tensor<3x?xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<?x3xf32>) -> tensor<3x?xf32>
  return %0 : tensor<3x?xf32>
}
