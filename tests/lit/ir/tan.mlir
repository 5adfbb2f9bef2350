// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @tan(
// CHECK: etch.tan %{{.*}} : tensor<2x3xf32>
func.func @tan(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.tan %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @tan_scalar(
// CHECK: etch.tan %{{.*}} : tensor<f16>
func.func @tan_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.tan %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @tan_unknown_extent(
// CHECK: etch.tan %{{.*}} : tensor<?x3xf32>
func.func @tan_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.tan %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
