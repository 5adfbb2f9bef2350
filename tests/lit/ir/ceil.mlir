// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @ceil(
// CHECK: etch.ceil %{{.*}} : tensor<2x3xf32>
func.func @ceil(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.ceil %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @ceil_scalar(
// CHECK: etch.ceil %{{.*}} : tensor<f16>
func.func @ceil_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.ceil %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @ceil_unknown_extent(
// CHECK: etch.ceil %{{.*}} : tensor<?x3xf32>
func.func @ceil_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.ceil %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
