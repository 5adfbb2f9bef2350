// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @not_equal(
// CHECK: etch.not_equal %{{.*}}, %{{.*}} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
func.func @not_equal(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xi1> {
  %0 = etch.not_equal %x, %y : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @not_equal_bool(
// CHECK: etch.not_equal %{{.*}}, %{{.*}} : (tensor<i1>, tensor<i1>) -> tensor<i1>
func.func @not_equal_bool(%x: tensor<i1>, %y: tensor<i1>) -> tensor<i1> {
  %0 = etch.not_equal %x, %y : (tensor<i1>, tensor<i1>) -> tensor<i1>
  return %0 : tensor<i1>
}

// CHECK-LABEL: func.func @not_equal_unknown_extent(
// CHECK: etch.not_equal %{{.*}}, %{{.*}} : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi1>
func.func @not_equal_unknown_extent(%x: tensor<?xi64>, %y: tensor<?xi64>) -> tensor<?xi1> {
  %0 = etch.not_equal %x, %y : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi1>
  return %0 : tensor<?xi1>
}
