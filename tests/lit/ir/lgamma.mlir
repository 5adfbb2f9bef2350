// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @lgamma(
// CHECK: etch.lgamma %{{.*}} : tensor<2x3xf32>
func.func @lgamma(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.lgamma %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @lgamma_scalar(
// CHECK: etch.lgamma %{{.*}} : tensor<f16>
func.func @lgamma_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.lgamma %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @lgamma_unknown_extent(
// CHECK: etch.lgamma %{{.*}} : tensor<?x3xf32>
func.func @lgamma_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.lgamma %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
