// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @sigmoid(
// CHECK: etch.sigmoid %{{.*}} : tensor<2x3xf32>
func.func @sigmoid(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.sigmoid %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @sigmoid_scalar(
// CHECK: etch.sigmoid %{{.*}} : tensor<f16>
func.func @sigmoid_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.sigmoid %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @sigmoid_unknown_extent(
// CHECK: etch.sigmoid %{{.*}} : tensor<?x3xf32>
func.func @sigmoid_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.sigmoid %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
