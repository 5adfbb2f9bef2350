// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @dim(
// CHECK: etch.dim %{{.*}} axis = 1 : (tensor<2x?xf32>) -> tensor<i64>
func.func @dim(%x: tensor<2x?xf32>) -> tensor<i64> {
  %0 = etch.dim %x axis = 1 : (tensor<2x?xf32>) -> tensor<i64>
  return %0 : tensor<i64>
}
