// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @reduce_sum(
// CHECK: etch.reduce_sum %{{.*}} axes = [1] : (tensor<2x3xf32>) -> tensor<2xf32>
func.func @reduce_sum(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @reduce_sum_all_axes(
// CHECK: etch.reduce_sum %{{.*}} axes = [0, 1] : (tensor<2x3xf32>) -> tensor<f32>
func.func @reduce_sum_all_axes(%x: tensor<2x3xf32>) -> tensor<f32> {
  %0 = etch.reduce_sum %x axes = [0, 1] : (tensor<2x3xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @reduce_sum_no_axes(
// CHECK: etch.reduce_sum %{{.*}} axes = [] : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @reduce_sum_no_axes(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.reduce_sum %x axes = [] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @reduce_sum_unknown_extent(
// CHECK: etch.reduce_sum %{{.*}} axes = [1] : (tensor<?x3xf32>) -> tensor<?xf32>
func.func @reduce_sum_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?xf32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<?x3xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
