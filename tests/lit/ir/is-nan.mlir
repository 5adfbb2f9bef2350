// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @is_nan(
// CHECK: etch.is_nan %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xi1>
func.func @is_nan(%x: tensor<2x3xf32>) -> tensor<2x3xi1> {
  %0 = etch.is_nan %x : (tensor<2x3xf32>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @is_nan_unknown_extent(
// CHECK: etch.is_nan %{{.*}} : (tensor<?xf16>) -> tensor<?xi1>
func.func @is_nan_unknown_extent(%x: tensor<?xf16>) -> tensor<?xi1> {
  %0 = etch.is_nan %x : (tensor<?xf16>) -> tensor<?xi1>
  return %0 : tensor<?xi1>
}
