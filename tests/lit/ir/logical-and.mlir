// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @logical_and(
// CHECK: etch.logical_and %{{.*}}, %{{.*}} : tensor<2x3xi1>
func.func @logical_and(%x: tensor<2x3xi1>, %y: tensor<2x3xi1>) -> tensor<2x3xi1> {
  %0 = etch.logical_and %x, %y : tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @logical_and_scalar(
// CHECK: etch.logical_and %{{.*}}, %{{.*}} : tensor<i1>
func.func @logical_and_scalar(%x: tensor<i1>, %y: tensor<i1>) -> tensor<i1> {
  %0 = etch.logical_and %x, %y : tensor<i1>
  return %0 : tensor<i1>
}

// CHECK-LABEL: func.func @logical_and_unknown_extent(
// CHECK: etch.logical_and %{{.*}}, %{{.*}} : tensor<?x3xi1>
func.func @logical_and_unknown_extent(%x: tensor<?x3xi1>, %y: tensor<?x3xi1>) -> tensor<?x3xi1> {
  %0 = etch.logical_and %x, %y : tensor<?x3xi1>
  return %0 : tensor<?x3xi1>
}
