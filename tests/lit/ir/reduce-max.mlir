// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @reduce_max(
// CHECK: etch.reduce_max %{{.*}} axes = [1] : (tensor<2x3xf32>) -> tensor<2xf32>
func.func @reduce_max(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = etch.reduce_max %x axes = [1] : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @reduce_max_all_axes(
// CHECK: etch.reduce_max %{{.*}} axes = [0, 1] : (tensor<2x3xf32>) -> tensor<f32>
func.func @reduce_max_all_axes(%x: tensor<2x3xf32>) -> tensor<f32> {
  %0 = etch.reduce_max %x axes = [0, 1] : (tensor<2x3xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @reduce_max_no_axes(
// CHECK: etch.reduce_max %{{.*}} axes = [] : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @reduce_max_no_axes(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.reduce_max %x axes = [] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @reduce_max_unknown_extent(
// CHECK: etch.reduce_max %{{.*}} axes = [1] : (tensor<?x3xf32>) -> tensor<?xf32>
func.func @reduce_max_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?xf32> {
  %0 = etch.reduce_max %x axes = [1] : (tensor<?x3xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
