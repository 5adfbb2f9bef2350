// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @reduce_all(
// CHECK: etch.reduce_all %{{.*}} axes = [1] : (tensor<2x3xi1>) -> tensor<2xi1>
func.func @reduce_all(%x: tensor<2x3xi1>) -> tensor<2xi1> {
  %0 = etch.reduce_all %x axes = [1] : (tensor<2x3xi1>) -> tensor<2xi1>
  return %0 : tensor<2xi1>
}

// CHECK-LABEL: func.func @reduce_all_all_axes(
// CHECK: etch.reduce_all %{{.*}} axes = [0, 1] : (tensor<2x3xi1>) -> tensor<i1>
func.func @reduce_all_all_axes(%x: tensor<2x3xi1>) -> tensor<i1> {
  %0 = etch.reduce_all %x axes = [0, 1] : (tensor<2x3xi1>) -> tensor<i1>
  return %0 : tensor<i1>
}

// CHECK-LABEL: func.func @reduce_all_no_axes(
// CHECK: etch.reduce_all %{{.*}} axes = [] : (tensor<2x3xi1>) -> tensor<2x3xi1>
func.func @reduce_all_no_axes(%x: tensor<2x3xi1>) -> tensor<2x3xi1> {
  %0 = etch.reduce_all %x axes = [] : (tensor<2x3xi1>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @reduce_all_unknown_extent(
// CHECK: etch.reduce_all %{{.*}} axes = [1] : (tensor<?x3xi1>) -> tensor<?xi1>
func.func @reduce_all_unknown_extent(%x: tensor<?x3xi1>) -> tensor<?xi1> {
  %0 = etch.reduce_all %x axes = [1] : (tensor<?x3xi1>) -> tensor<?xi1>
  return %0 : tensor<?xi1>
}
