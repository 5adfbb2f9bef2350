// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @reshape(
// CHECK: etch.reshape %{{.*}} shape = [3, 4] : (tensor<2x6xf32>) -> tensor<3x4xf32>
func.func @reshape(%x: tensor<2x6xf32>) -> tensor<3x4xf32> {
  %0 = etch.reshape %x shape = [3, 4] : (tensor<2x6xf32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @reshape_to_scalar(
// CHECK: etch.reshape %{{.*}} shape = [] : (tensor<1x1xf32>) -> tensor<f32>
func.func @reshape_to_scalar(%x: tensor<1x1xf32>) -> tensor<f32> {
  %0 = etch.reshape %x shape = [] : (tensor<1x1xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @reshape_unknown_extent(
// CHECK: etch.reshape %{{.*}} sizes %{{.*}} shape = [-1, 3] : (tensor<?x6xf32>, tensor<i64>) -> tensor<?x3xf32>
func.func @reshape_unknown_extent(%x: tensor<?x6xf32>, %n: tensor<i64>) -> tensor<?x3xf32> {
  %0 = etch.reshape %x sizes %n shape = [-1, 3] : (tensor<?x6xf32>, tensor<i64>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
