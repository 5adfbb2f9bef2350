// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @asinh(
// CHECK: etch.asinh %{{.*}} : tensor<2x3xf32>
func.func @asinh(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.asinh %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @asinh_scalar(
// CHECK: etch.asinh %{{.*}} : tensor<f16>
func.func @asinh_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.asinh %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @asinh_unknown_extent(
// CHECK: etch.asinh %{{.*}} : tensor<?x3xf32>
func.func @asinh_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.asinh %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
