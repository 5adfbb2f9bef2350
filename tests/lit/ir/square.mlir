// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @square(
// CHECK: etch.square %{{.*}} : tensor<2x3xf32>
func.func @square(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.square %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @square_scalar(
// CHECK: etch.square %{{.*}} : tensor<i64>
func.func @square_scalar(%x: tensor<i64>) -> tensor<i64> {
  %0 = etch.square %x : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @square_unknown_extent(
// CHECK: etch.square %{{.*}} : tensor<?x3xf32>
func.func @square_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.square %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
