// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @floor(
// CHECK: etch.floor %{{.*}} : tensor<2x3xf32>
func.func @floor(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.floor %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @floor_scalar(
// CHECK: etch.floor %{{.*}} : tensor<f16>
func.func @floor_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.floor %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @floor_unknown_extent(
// CHECK: etch.floor %{{.*}} : tensor<?x3xf32>
func.func @floor_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.floor %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
