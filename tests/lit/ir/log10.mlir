// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @log10(
// CHECK: etch.log10 %{{.*}} : tensor<2x3xf32>
func.func @log10(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.log10 %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @log10_scalar(
// CHECK: etch.log10 %{{.*}} : tensor<f16>
func.func @log10_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.log10 %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @log10_unknown_extent(
// CHECK: etch.log10 %{{.*}} : tensor<?x3xf32>
func.func @log10_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.log10 %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
