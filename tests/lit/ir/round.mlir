// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @round(
// CHECK: etch.round %{{.*}} : tensor<2x3xf32>
func.func @round(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.round %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @round_scalar(
// CHECK: etch.round %{{.*}} : tensor<f16>
func.func @round_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.round %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @round_unknown_extent(
// CHECK: etch.round %{{.*}} : tensor<?x3xf32>
func.func @round_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.round %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
