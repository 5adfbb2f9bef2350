// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @log2(
// CHECK: etch.log2 %{{.*}} : tensor<2x3xf32>
func.func @log2(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.log2 %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @log2_scalar(
// CHECK: etch.log2 %{{.*}} : tensor<f16>
func.func @log2_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.log2 %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @log2_unknown_extent(
// CHECK: etch.log2 %{{.*}} : tensor<?x3xf32>
func.func @log2_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.log2 %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
