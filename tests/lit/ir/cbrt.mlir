// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @cbrt(
// CHECK: etch.cbrt %{{.*}} : tensor<2x3xf32>
func.func @cbrt(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.cbrt %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @cbrt_scalar(
// CHECK: etch.cbrt %{{.*}} : tensor<f16>
func.func @cbrt_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.cbrt %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @cbrt_unknown_extent(
// CHECK: etch.cbrt %{{.*}} : tensor<?x3xf32>
func.func @cbrt_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.cbrt %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
