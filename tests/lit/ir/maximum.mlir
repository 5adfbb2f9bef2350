// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @maximum(
// CHECK: etch.maximum %{{.*}}, %{{.*}} : tensor<2x3xf32>
func.func @maximum(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.maximum %x, %y : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @maximum_scalar(
// CHECK: etch.maximum %{{.*}}, %{{.*}} : tensor<i64>
func.func @maximum_scalar(%x: tensor<i64>, %y: tensor<i64>) -> tensor<i64> {
  %0 = etch.maximum %x, %y : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @maximum_unknown_extent(
// CHECK: etch.maximum %{{.*}}, %{{.*}} : tensor<?x3xf32>
func.func @maximum_unknown_extent(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.maximum %x, %y : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
