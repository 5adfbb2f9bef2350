// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @atan(
// CHECK: etch.atan %{{.*}} : tensor<2x3xf32>
func.func @atan(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.atan %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @atan_scalar(
// CHECK: etch.atan %{{.*}} : tensor<f16>
func.func @atan_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.atan %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @atan_unknown_extent(
// CHECK: etch.atan %{{.*}} : tensor<?x3xf32>
func.func @atan_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.atan %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
