// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @erf_inv(
// CHECK: etch.erf_inv %{{.*}} : tensor<2x3xf32>
func.func @erf_inv(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.erf_inv %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @erf_inv_scalar(
// CHECK: etch.erf_inv %{{.*}} : tensor<f16>
func.func @erf_inv_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.erf_inv %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @erf_inv_unknown_extent(
// CHECK: etch.erf_inv %{{.*}} : tensor<?x3xf32>
func.func @erf_inv_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.erf_inv %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
