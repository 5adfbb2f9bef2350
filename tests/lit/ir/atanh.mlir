// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @atanh(
// CHECK: etch.atanh %{{.*}} : tensor<2x3xf32>
func.func @atanh(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.atanh %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @atanh_scalar(
// CHECK: etch.atanh %{{.*}} : tensor<f16>
func.func @atanh_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.atanh %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @atanh_unknown_extent(
// CHECK: etch.atanh %{{.*}} : tensor<?x3xf32>
func.func @atanh_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.atanh %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
