// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @reduce_window_max(
// CHECK: etch.reduce_window_max %{{.*}} window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
func.func @reduce_window_max(%x: tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32> {
  %0 = etch.reduce_window_max %x window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return %0 : tensor<1x2x2x3xf32>
}

// CHECK-LABEL: func.func @reduce_window_max_borders(
// CHECK: etch.reduce_window_max %{{.*}} window = [1, 2, 2, 1] strides = [1, 1, 2, 1] low = [0, 1, 0, 0] high = [0, -1, 0, 0] dilation = [1, 2, 1, 1] : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
func.func @reduce_window_max_borders(%x: tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32> {
  %0 = etch.reduce_window_max %x window = [1, 2, 2, 1] strides = [1, 1, 2, 1] low = [0, 1, 0, 0] high = [0, -1, 0, 0] dilation = [1, 2, 1, 1] : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return %0 : tensor<1x2x2x3xf32>
}

// CHECK-LABEL: func.func @reduce_window_max_unknown_extent(
// CHECK: etch.reduce_window_max %{{.*}} window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<?x4x?x3xf64>) -> tensor<?x2x?x3xf64>
func.func @reduce_window_max_unknown_extent(%x: tensor<?x4x?x3xf64>) -> tensor<?x2x?x3xf64> {
  %0 = etch.reduce_window_max %x window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<?x4x?x3xf64>) -> tensor<?x2x?x3xf64>
  return %0 : tensor<?x2x?x3xf64>
}
