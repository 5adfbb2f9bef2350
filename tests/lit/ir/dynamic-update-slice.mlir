// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @dynamic_update_slice(
// CHECK: etch.dynamic_update_slice %{{.*}}, %{{.*}} starts %{{.*}}, %{{.*}} : (tensor<4x5xf32>, tensor<2x5xf32>, tensor<i64>, tensor<i64>) -> tensor<4x5xf32>
func.func @dynamic_update_slice(%x: tensor<4x5xf32>, %u: tensor<2x5xf32>, %i: tensor<i64>, %j: tensor<i64>) -> tensor<4x5xf32> {
  %0 = etch.dynamic_update_slice %x, %u starts %i, %j : (tensor<4x5xf32>, tensor<2x5xf32>, tensor<i64>, tensor<i64>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}

// CHECK-LABEL: func.func @dynamic_update_slice_scalar(
// CHECK: etch.dynamic_update_slice %{{.*}}, %{{.*}} : (tensor<f32>, tensor<f32>) -> tensor<f32>
func.func @dynamic_update_slice_scalar(%x: tensor<f32>, %u: tensor<f32>) -> tensor<f32> {
  %0 = etch.dynamic_update_slice %x, %u : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @dynamic_update_slice_unknown_extent(
// CHECK: etch.dynamic_update_slice %{{.*}}, %{{.*}} starts %{{.*}} : (tensor<?xf32>, tensor<2xf32>, tensor<i64>) -> tensor<?xf32>
func.func @dynamic_update_slice_unknown_extent(%x: tensor<?xf32>, %u: tensor<2xf32>, %i: tensor<i64>) -> tensor<?xf32> {
  %0 = etch.dynamic_update_slice %x, %u starts %i : (tensor<?xf32>, tensor<2xf32>, tensor<i64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
