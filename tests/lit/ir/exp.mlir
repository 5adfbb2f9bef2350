// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @exp(
// CHECK: etch.exp %{{.*}} : tensor<2x3xf32>
func.func @exp(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.exp %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @exp_scalar(
// CHECK: etch.exp %{{.*}} : tensor<f16>
func.func @exp_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.exp %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @exp_unknown_extent(
// CHECK: etch.exp %{{.*}} : tensor<?x3xf32>
func.func @exp_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.exp %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
