// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @select_and_gather(
// CHECK: etch.select_and_gather %{{.*}}, %{{.*}} window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>, tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
func.func @select_and_gather(%x: tensor<1x4x4x3xf32>, %y: tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32> {
  %0 = etch.select_and_gather %x, %y window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<1x4x4x3xf32>, tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return %0 : tensor<1x2x2x3xf32>
}

// CHECK-LABEL: func.func @select_and_gather_unknown_extent(
// CHECK: etch.select_and_gather %{{.*}}, %{{.*}} window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<?x4x4x3xf32>, tensor<?x4x4x3xf32>) -> tensor<?x2x2x3xf32>
func.func @select_and_gather_unknown_extent(%x: tensor<?x4x4x3xf32>, %y: tensor<?x4x4x3xf32>) -> tensor<?x2x2x3xf32> {
  %0 = etch.select_and_gather %x, %y window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<?x4x4x3xf32>, tensor<?x4x4x3xf32>) -> tensor<?x2x2x3xf32>
  return %0 : tensor<?x2x2x3xf32>
}
