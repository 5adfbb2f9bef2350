// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @digamma(
// CHECK: etch.digamma %{{.*}} : tensor<2x3xf32>
func.func @digamma(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.digamma %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @digamma_scalar(
// CHECK: etch.digamma %{{.*}} : tensor<f16>
func.func @digamma_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.digamma %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @digamma_unknown_extent(
// CHECK: etch.digamma %{{.*}} : tensor<?x3xf32>
func.func @digamma_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.digamma %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
