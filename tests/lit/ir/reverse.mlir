// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @reverse(
// CHECK: etch.reverse %{{.*}} axes = [1, 0] : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @reverse(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.reverse %x axes = [1, 0] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @reverse_unknown_extent(
// CHECK: etch.reverse %{{.*}} axes = [0] : (tensor<?xi1>) -> tensor<?xi1>
func.func @reverse_unknown_extent(%x: tensor<?xi1>) -> tensor<?xi1> {
  %0 = etch.reverse %x axes = [0] : (tensor<?xi1>) -> tensor<?xi1>
  return %0 : tensor<?xi1>
}
