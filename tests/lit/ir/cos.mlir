// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @cos(
// CHECK: etch.cos %{{.*}} : tensor<2x3xf32>
func.func @cos(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.cos %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @cos_scalar(
// CHECK: etch.cos %{{.*}} : tensor<f16>
func.func @cos_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.cos %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @cos_unknown_extent(
// CHECK: etch.cos %{{.*}} : tensor<?x3xf32>
func.func @cos_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.cos %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
