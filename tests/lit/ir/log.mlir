// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @log(
// CHECK: etch.log %{{.*}} : tensor<2x3xf32>
func.func @log(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.log %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @log_scalar(
// CHECK: etch.log %{{.*}} : tensor<f16>
func.func @log_scalar(%x: tensor<f16>) -> tensor<f16> {
  %0 = etch.log %x : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @log_unknown_extent(
// CHECK: etch.log %{{.*}} : tensor<?x3xf32>
func.func @log_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.log %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
