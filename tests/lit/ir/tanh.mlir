// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @tanh(
// CHECK: etch.tanh %{{.*}} : tensor<2x3xf32>
func.func @tanh(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.tanh %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @tanh_scalar(
// CHECK: etch.tanh %{{.*}} : tensor<f16>
func.func @tanh_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.tanh %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @tanh_unknown_extent(
// CHECK: etch.tanh %{{.*}} : tensor<?x3xf32>
func.func @tanh_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.tanh %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
