// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @minimum(
// CHECK: etch.minimum %{{.*}}, %{{.*}} : tensor<2x3xf32>
func.func @minimum(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.minimum %x, %y : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @minimum_scalar(
// CHECK: etch.minimum %{{.*}}, %{{.*}} : tensor<i64>
func.func @minimum_scalar(%x: tensor<i64>, %y: tensor<i64>) -> tensor<i64> {
  %0 = etch.minimum %x, %y : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @minimum_unknown_extent(
// CHECK: etch.minimum %{{.*}}, %{{.*}} : tensor<?x3xf32>
func.func @minimum_unknown_extent(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.minimum %x, %y : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
