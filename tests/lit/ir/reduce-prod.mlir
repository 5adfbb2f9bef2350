// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @reduce_prod(
// CHECK: etch.reduce_prod %{{.*}} axes = [1] : (tensor<2x3xf32>) -> tensor<2xf32>
func.func @reduce_prod(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = etch.reduce_prod %x axes = [1] : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @reduce_prod_all_axes(
// CHECK: etch.reduce_prod %{{.*}} axes = [0, 1] : (tensor<2x3xf32>) -> tensor<f32>
func.func @reduce_prod_all_axes(%x: tensor<2x3xf32>) -> tensor<f32> {
  %0 = etch.reduce_prod %x axes = [0, 1] : (tensor<2x3xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @reduce_prod_no_axes(
// CHECK: etch.reduce_prod %{{.*}} axes = [] : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @reduce_prod_no_axes(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.reduce_prod %x axes = [] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @reduce_prod_unknown_extent(
// CHECK: etch.reduce_prod %{{.*}} axes = [1] : (tensor<?x3xf32>) -> tensor<?xf32>
func.func @reduce_prod_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?xf32> {
  %0 = etch.reduce_prod %x axes = [1] : (tensor<?x3xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
