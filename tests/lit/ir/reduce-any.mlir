// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @reduce_any(
// CHECK: etch.reduce_any %{{.*}} axes = [1] : (tensor<2x3xi1>) -> tensor<2xi1>
func.func @reduce_any(%x: tensor<2x3xi1>) -> tensor<2xi1> {
  %0 = etch.reduce_any %x axes = [1] : (tensor<2x3xi1>) -> tensor<2xi1>
  return %0 : tensor<2xi1>
}

// CHECK-LABEL: func.func @reduce_any_all_axes(
// CHECK: etch.reduce_any %{{.*}} axes = [0, 1] : (tensor<2x3xi1>) -> tensor<i1>
func.func @reduce_any_all_axes(%x: tensor<2x3xi1>) -> tensor<i1> {
  %0 = etch.reduce_any %x axes = [0, 1] : (tensor<2x3xi1>) -> tensor<i1>
  return %0 : tensor<i1>
}

// CHECK-LABEL: func.func @reduce_any_no_axes(
// CHECK: etch.reduce_any %{{.*}} axes = [] : (tensor<2x3xi1>) -> tensor<2x3xi1>
func.func @reduce_any_no_axes(%x: tensor<2x3xi1>) -> tensor<2x3xi1> {
  %0 = etch.reduce_any %x axes = [] : (tensor<2x3xi1>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @reduce_any_unknown_extent(
// CHECK: etch.reduce_any %{{.*}} axes = [1] : (tensor<?x3xi1>) -> tensor<?xi1>
func.func @reduce_any_unknown_extent(%x: tensor<?x3xi1>) -> tensor<?xi1> {
  %0 = etch.reduce_any %x axes = [1] : (tensor<?x3xi1>) -> tensor<?xi1>
  return %0 : tensor<?xi1>
}
