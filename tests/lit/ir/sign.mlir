// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @sign(
// CHECK: etch.sign %{{.*}} : tensor<2x3xf32>
func.func @sign(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.sign %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @sign_scalar(
// CHECK: etch.sign %{{.*}} : tensor<i64>
func.func @sign_scalar(%x: tensor<i64>) -> tensor<i64> {
  %0 = etch.sign %x : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @sign_unknown_extent(
// CHECK: etch.sign %{{.*}} : tensor<?x3xf32>
func.func @sign_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.sign %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
