// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @erfc(
// CHECK: etch.erfc %{{.*}} : tensor<2x3xf32>
func.func @erfc(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.erfc %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @erfc_scalar(
// CHECK: etch.erfc %{{.*}} : tensor<f16>
func.func @erfc_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.erfc %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @erfc_unknown_extent(
// CHECK: etch.erfc %{{.*}} : tensor<?x3xf32>
func.func @erfc_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.erfc %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
