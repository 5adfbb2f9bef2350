// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @cosh(
// CHECK: etch.cosh %{{.*}} : tensor<2x3xf32>
func.func @cosh(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.cosh %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @cosh_scalar(
// CHECK: etch.cosh %{{.*}} : tensor<f16>
func.func @cosh_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.cosh %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @cosh_unknown_extent(
// CHECK: etch.cosh %{{.*}} : tensor<?x3xf32>
func.func @cosh_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.cosh %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
