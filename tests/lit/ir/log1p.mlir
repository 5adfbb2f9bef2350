// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @log1p(
// CHECK: etch.log1p %{{.*}} : tensor<2x3xf32>
func.func @log1p(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.log1p %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @log1p_scalar(
// CHECK: etch.log1p %{{.*}} : tensor<f16>
func.func @log1p_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.log1p %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @log1p_unknown_extent(
// CHECK: etch.log1p %{{.*}} : tensor<?x3xf32>
func.func @log1p_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.log1p %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
