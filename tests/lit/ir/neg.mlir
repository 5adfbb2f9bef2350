// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @neg(
// CHECK: etch.neg %{{.*}} : tensor<2x3xf32>
func.func @neg(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.neg %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @neg_scalar(
// CHECK: etch.neg %{{.*}} : tensor<i64>
func.func @neg_scalar(%x: tensor<i64>) -> tensor<i64> {
  %0 = etch.neg %x : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @neg_unknown_extent(
// CHECK: etch.neg %{{.*}} : tensor<?x3xf32>
func.func @neg_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.neg %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
