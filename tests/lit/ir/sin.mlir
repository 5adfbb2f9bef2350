// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @sin(
// CHECK: etch.sin %{{.*}} : tensor<2x3xf32>
func.func @sin(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.sin %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @sin_scalar(
// CHECK: etch.sin %{{.*}} : tensor<f16>
func.func @sin_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.sin %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @sin_unknown_extent(
// CHECK: etch.sin %{{.*}} : tensor<?x3xf32>
func.func @sin_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.sin %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
