// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @logical_xor(
// CHECK: etch.logical_xor %{{.*}}, %{{.*}} : tensor<2x3xi1>
func.func @logical_xor(%x: tensor<2x3xi1>, %y: tensor<2x3xi1>) -> tensor<2x3xi1> {
  %0 = etch.logical_xor %x, %y : tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @logical_xor_scalar(
// CHECK: etch.logical_xor %{{.*}}, %{{.*}} : tensor<i1>
func.func @logical_xor_scalar(%x: tensor<i1>, %y: tensor<i1>) -> tensor<i1> {
  %0 = etch.logical_xor %x, %y : tensor<i1>
  return %0 : tensor<i1>
}

// CHECK-LABEL: func.func @logical_xor_unknown_extent(
// CHECK: etch.logical_xor %{{.*}}, %{{.*}} : tensor<?x3xi1>
func.func @logical_xor_unknown_extent(%x: tensor<?x3xi1>, %y: tensor<?x3xi1>) -> tensor<?x3xi1> {
  %0 = etch.logical_xor %x, %y : tensor<?x3xi1>
  return %0 : tensor<?x3xi1>
}
