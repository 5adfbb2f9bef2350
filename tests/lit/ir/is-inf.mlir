// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @is_inf(
// CHECK: etch.is_inf %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xi1>
func.func @is_inf(%x: tensor<2x3xf32>) -> tensor<2x3xi1> {
  %0 = etch.is_inf %x : (tensor<2x3xf32>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @is_inf_unknown_extent(
// CHECK: etch.is_inf %{{.*}} : (tensor<?xf16>) -> tensor<?xi1>
func.func @is_inf_unknown_extent(%x: tensor<?xf16>) -> tensor<?xi1> {
  %0 = etch.is_inf %x : (tensor<?xf16>) -> tensor<?xi1>
  return %0 : tensor<?xi1>
}
