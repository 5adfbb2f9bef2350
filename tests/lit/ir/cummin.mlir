// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @cummin(
// CHECK: etch.cummin %{{.*}} axis = 1 reverse = 0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @cummin(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.cummin %x axis = 1 reverse = 0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @cummin_unknown_extent(
// CHECK: etch.cummin %{{.*}} axis = 0 reverse = 1 : (tensor<?xi32>) -> tensor<?xi32>
func.func @cummin_unknown_extent(%x: tensor<?xi32>) -> tensor<?xi32> {
  %0 = etch.cummin %x axis = 0 reverse = 1 : (tensor<?xi32>) -> tensor<?xi32>
  return %0 : tensor<?xi32>
}
