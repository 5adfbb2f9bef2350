// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @argmin(
// CHECK: etch.argmin %{{.*}} axis = 1 : (tensor<2x3xf32>) -> tensor<2xi64>
func.func @argmin(%x: tensor<2x3xf32>) -> tensor<2xi64> {
  %0 = etch.argmin %x axis = 1 : (tensor<2x3xf32>) -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// CHECK-LABEL: func.func @argmin_unknown_extent(
// CHECK: etch.argmin %{{.*}} axis = 0 : (tensor<?xi32>) -> tensor<i64>
func.func @argmin_unknown_extent(%x: tensor<?xi32>) -> tensor<i64> {
  %0 = etch.argmin %x axis = 0 : (tensor<?xi32>) -> tensor<i64>
  return %0 : tensor<i64>
}
