// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @exp2(
// CHECK: etch.exp2 %{{.*}} : tensor<2x3xf32>
func.func @exp2(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.exp2 %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @exp2_scalar(
// CHECK: etch.exp2 %{{.*}} : tensor<f16>
func.func @exp2_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.exp2 %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @exp2_unknown_extent(
// CHECK: etch.exp2 %{{.*}} : tensor<?x3xf32>
func.func @exp2_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.exp2 %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
