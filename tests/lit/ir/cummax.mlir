// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @cummax(
// CHECK: etch.cummax %{{.*}} axis = 1 reverse = 0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @cummax(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.cummax %x axis = 1 reverse = 0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @cummax_unknown_extent(
// CHECK: etch.cummax %{{.*}} axis = 0 reverse = 1 : (tensor<?xi32>) -> tensor<?xi32>
func.func @cummax_unknown_extent(%x: tensor<?xi32>) -> tensor<?xi32> {
  %0 = etch.cummax %x axis = 0 reverse = 1 : (tensor<?xi32>) -> tensor<?xi32>
  return %0 : tensor<?xi32>
}
