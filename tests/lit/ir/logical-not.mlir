// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @logical_not(
// CHECK: etch.logical_not %{{.*}} : tensor<2x3xi1>
func.func @logical_not(%x: tensor<2x3xi1>) -> tensor<2x3xi1> {
  %0 = etch.logical_not %x : tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @logical_not_scalar(
// CHECK: etch.logical_not %{{.*}} : tensor<i1>
func.func @logical_not_scalar(%x: tensor<i1>) -> tensor<i1> {
  %0 = etch.logical_not %x : tensor<i1>
  return %0 : tensor<i1>
}

// CHECK-LABEL: func.func @logical_not_unknown_extent(
// CHECK: etch.logical_not %{{.*}} : tensor<?x3xi1>
func.func @logical_not_unknown_extent(%x: tensor<?x3xi1>) -> tensor<?x3xi1> {
  %0 = etch.logical_not %x : tensor<?x3xi1>
  return %0 : tensor<?x3xi1>
}
