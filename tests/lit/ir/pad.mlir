// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @pad(
// CHECK: etch.pad %{{.*}}, %{{.*}} low = [1, 0] high = [2, 0] interior = [0, 2] : (tensor<2x3xf32>, tensor<f32>) -> tensor<5x7xf32>
func.func @pad(%x: tensor<2x3xf32>, %v: tensor<f32>) -> tensor<5x7xf32> {
  %0 = etch.pad %x, %v low = [1, 0] high = [2, 0] interior = [0, 2] : (tensor<2x3xf32>, tensor<f32>) -> tensor<5x7xf32>
  return %0 : tensor<5x7xf32>
}

// CHECK-LABEL: func.func @pad_cut(
// CHECK: etch.pad %{{.*}}, %{{.*}} low = [-1] high = [-2] interior = [0] : (tensor<4xi32>, tensor<i32>) -> tensor<1xi32>
func.func @pad_cut(%x: tensor<4xi32>, %v: tensor<i32>) -> tensor<1xi32> {
  %0 = etch.pad %x, %v low = [-1] high = [-2] interior = [0] : (tensor<4xi32>, tensor<i32>) -> tensor<1xi32>
  return %0 : tensor<1xi32>
}

// CHECK-LABEL: func.func @pad_unknown_extent(
// CHECK: etch.pad %{{.*}}, %{{.*}} low = [1] high = [1] interior = [0] : (tensor<?xf32>, tensor<f32>) -> tensor<?xf32>
func.func @pad_unknown_extent(%x: tensor<?xf32>, %v: tensor<f32>) -> tensor<?xf32> {
  %0 = etch.pad %x, %v low = [1] high = [1] interior = [0] : (tensor<?xf32>, tensor<f32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
