// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @argmax(
// CHECK: etch.argmax %{{.*}} axis = 1 : (tensor<2x3xf32>) -> tensor<2xi64>
func.func @argmax(%x: tensor<2x3xf32>) -> tensor<2xi64> {
  %0 = etch.argmax %x axis = 1 : (tensor<2x3xf32>) -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// CHECK-LABEL: func.func @argmax_unknown_extent(
// CHECK: etch.argmax %{{.*}} axis = 0 : (tensor<?xi32>) -> tensor<i64>
func.func @argmax_unknown_extent(%x: tensor<?xi32>) -> tensor<i64> {
  %0 = etch.argmax %x axis = 0 : (tensor<?xi32>) -> tensor<i64>
  return %0 : tensor<i64>
}
