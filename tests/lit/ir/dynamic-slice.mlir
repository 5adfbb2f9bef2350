// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @dynamic_slice(
// CHECK: etch.dynamic_slice %{{.*}} starts %{{.*}}, %{{.*}} sizes = [2, 5] : (tensor<4x5xf32>, tensor<i64>, tensor<i64>) -> tensor<2x5xf32>
func.func @dynamic_slice(%x: tensor<4x5xf32>, %i: tensor<i64>, %j: tensor<i64>) -> tensor<2x5xf32> {
  %0 = etch.dynamic_slice %x starts %i, %j sizes = [2, 5] : (tensor<4x5xf32>, tensor<i64>, tensor<i64>) -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}

// CHECK-LABEL: func.func @dynamic_slice_scalar(
// CHECK: etch.dynamic_slice %{{.*}} sizes = [] : (tensor<f32>) -> tensor<f32>
func.func @dynamic_slice_scalar(%x: tensor<f32>) -> tensor<f32> {
  %0 = etch.dynamic_slice %x sizes = [] : (tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @dynamic_slice_unknown_extent(
// CHECK: etch.dynamic_slice %{{.*}} starts %{{.*}} sizes = [3] : (tensor<?xf32>, tensor<i64>) -> tensor<3xf32>
func.func @dynamic_slice_unknown_extent(%x: tensor<?xf32>, %i: tensor<i64>) -> tensor<3xf32> {
  %0 = etch.dynamic_slice %x starts %i sizes = [3] : (tensor<?xf32>, tensor<i64>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
