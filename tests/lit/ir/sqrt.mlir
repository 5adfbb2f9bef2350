// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @sqrt(
// CHECK: etch.sqrt %{{.*}} : tensor<2x3xf32>
func.func @sqrt(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.sqrt %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @sqrt_scalar(
// CHECK: etch.sqrt %{{.*}} : tensor<f16>
func.func @sqrt_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.sqrt %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @sqrt_unknown_extent(
// CHECK: etch.sqrt %{{.*}} : tensor<?x3xf32>
func.func @sqrt_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.sqrt %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
