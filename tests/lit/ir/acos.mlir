// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @acos(
// CHECK: etch.acos %{{.*}} : tensor<2x3xf32>
func.func @acos(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.acos %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @acos_scalar(
// CHECK: etch.acos %{{.*}} : tensor<f16>
func.func @acos_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.acos %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @acos_unknown_extent(
// CHECK: etch.acos %{{.*}} : tensor<?x3xf32>
func.func @acos_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.acos %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
