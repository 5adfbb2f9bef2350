// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @trunc(
// CHECK: etch.trunc %{{.*}} : tensor<2x3xf32>
func.func @trunc(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.trunc %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @trunc_scalar(
// CHECK: etch.trunc %{{.*}} : tensor<f16>
func.func @trunc_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.trunc %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @trunc_unknown_extent(
// CHECK: etch.trunc %{{.*}} : tensor<?x3xf32>
func.func @trunc_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.trunc %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
