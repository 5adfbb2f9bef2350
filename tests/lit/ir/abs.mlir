// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @abs(
// CHECK: etch.abs %{{.*}} : tensor<2x3xf32>
func.func @abs(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.abs %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @abs_scalar(
// CHECK: etch.abs %{{.*}} : tensor<i64>
func.func @abs_scalar(%x: tensor<i64>) -> tensor<i64> {
  %0 = etch.abs %x : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @abs_unknown_extent(
// CHECK: etch.abs %{{.*}} : tensor<?x3xf32>
func.func @abs_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.abs %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
