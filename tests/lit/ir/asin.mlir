// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @asin(
// CHECK: etch.asin %{{.*}} : tensor<2x3xf32>
func.func @asin(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.asin %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @asin_scalar(
// CHECK: etch.asin %{{.*}} : tensor<f16>
func.func @asin_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.asin %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @asin_unknown_extent(
// CHECK: etch.asin %{{.*}} : tensor<?x3xf32>
func.func @asin_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.asin %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
