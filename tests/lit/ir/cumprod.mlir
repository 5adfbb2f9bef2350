// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @cumprod(
// CHECK: etch.cumprod %{{.*}} axis = 1 exclusive = 0 reverse = 0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @cumprod(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.cumprod %x axis = 1 exclusive = 0 reverse = 0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @cumprod_unknown_extent(
// CHECK: etch.cumprod %{{.*}} axis = 0 exclusive = 1 reverse = 1 : (tensor<?xi32>) -> tensor<?xi32>
func.func @cumprod_unknown_extent(%x: tensor<?xi32>) -> tensor<?xi32> {
  %0 = etch.cumprod %x axis = 0 exclusive = 1 reverse = 1 : (tensor<?xi32>) -> tensor<?xi32>
  return %0 : tensor<?xi32>
}
