// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @erf(
// CHECK: etch.erf %{{.*}} : tensor<2x3xf32>
func.func @erf(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.erf %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @erf_scalar(
// CHECK: etch.erf %{{.*}} : tensor<f16>
func.func @erf_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.erf %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @erf_unknown_extent(
// CHECK: etch.erf %{{.*}} : tensor<?x3xf32>
func.func @erf_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.erf %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
