// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @sinh(
// CHECK: etch.sinh %{{.*}} : tensor<2x3xf32>
func.func @sinh(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.sinh %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @sinh_scalar(
// CHECK: etch.sinh %{{.*}} : tensor<f16>
func.func @sinh_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.sinh %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @sinh_unknown_extent(
// CHECK: etch.sinh %{{.*}} : tensor<?x3xf32>
func.func @sinh_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.sinh %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
