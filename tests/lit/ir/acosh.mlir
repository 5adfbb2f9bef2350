// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @acosh(
// CHECK: etch.acosh %{{.*}} : tensor<2x3xf32>
func.func @acosh(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.acosh %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @acosh_scalar(
// CHECK: etch.acosh %{{.*}} : tensor<f16>
func.func @acosh_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.acosh %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @acosh_unknown_extent(
// CHECK: etch.acosh %{{.*}} : tensor<?x3xf32>
func.func @acosh_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.acosh %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
