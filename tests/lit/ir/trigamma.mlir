// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @trigamma(
// CHECK: etch.trigamma %{{.*}} : tensor<2x3xf32>
func.func @trigamma(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.trigamma %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @trigamma_scalar(
// CHECK: etch.trigamma %{{.*}} : tensor<f16>
func.func @trigamma_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.trigamma %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @trigamma_unknown_extent(
// CHECK: etch.trigamma %{{.*}} : tensor<?x3xf32>
func.func @trigamma_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.trigamma %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
