// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @expm1(
// CHECK: etch.expm1 %{{.*}} : tensor<2x3xf32>
func.func @expm1(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.expm1 %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @expm1_scalar(
// CHECK: etch.expm1 %{{.*}} : tensor<f16>
func.func @expm1_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.expm1 %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @expm1_unknown_extent(
// CHECK: etch.expm1 %{{.*}} : tensor<?x3xf32>
func.func @expm1_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.expm1 %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
