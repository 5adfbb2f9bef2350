// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @slice(
// CHECK: etch.slice %{{.*}} starts = [1, 0] limits = [9, 4] strides = [3, 1] : (tensor<10x4xf32>) -> tensor<3x4xf32>
func.func @slice(%x: tensor<10x4xf32>) -> tensor<3x4xf32> {
  %0 = etch.slice %x starts = [1, 0] limits = [9, 4] strides = [3, 1] : (tensor<10x4xf32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @slice_unknown_extent(
// CHECK: etch.slice %{{.*}} starts = [1, 0] limits = [4, -1] strides = [2, 1] : (tensor<?x?xf32>) -> tensor<2x?xf32>
func.func @slice_unknown_extent(%x: tensor<?x?xf32>) -> tensor<2x?xf32> {
  %0 = etch.slice %x starts = [1, 0] limits = [4, -1] strides = [2, 1] : (tensor<?x?xf32>) -> tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}
