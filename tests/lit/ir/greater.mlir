// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @greater(
// CHECK: etch.greater %{{.*}}, %{{.*}} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
func.func @greater(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xi1> {
  %0 = etch.greater %x, %y : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @greater_bool(
// CHECK: etch.greater %{{.*}}, %{{.*}} : (tensor<i1>, tensor<i1>) -> tensor<i1>
func.func @greater_bool(%x: tensor<i1>, %y: tensor<i1>) -> tensor<i1> {
  %0 = etch.greater %x, %y : (tensor<i1>, tensor<i1>) -> tensor<i1>
  return %0 : tensor<i1>
}

// CHECK-LABEL: func.func @greater_unknown_extent(
// CHECK: etch.greater %{{.*}}, %{{.*}} : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi1>
func.func @greater_unknown_extent(%x: tensor<?xi64>, %y: tensor<?xi64>) -> tensor<?xi1> {
  %0 = etch.greater %x, %y : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi1>
  return %0 : tensor<?xi1>
}
