// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @mul(
// CHECK: etch.mul %{{.*}}, %{{.*}} : tensor<2x3xf32>
func.func @mul(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.mul %x, %y : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @mul_scalar(
// CHECK: etch.mul %{{.*}}, %{{.*}} : tensor<i64>
func.func @mul_scalar(%x: tensor<i64>, %y: tensor<i64>) -> tensor<i64> {
  %0 = etch.mul %x, %y : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @mul_unknown_extent(
// CHECK: etch.mul %{{.*}}, %{{.*}} : tensor<?x3xf32>
func.func @mul_unknown_extent(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.mul %x, %y : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
