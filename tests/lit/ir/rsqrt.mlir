// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @rsqrt(
// CHECK: etch.rsqrt %{{.*}} : tensor<2x3xf32>
func.func @rsqrt(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.rsqrt %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @rsqrt_scalar(
// CHECK: etch.rsqrt %{{.*}} : tensor<f16>
func.func @rsqrt_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.rsqrt %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @rsqrt_unknown_extent(
// CHECK: etch.rsqrt %{{.*}} : tensor<?x3xf32>
func.func @rsqrt_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.rsqrt %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
