// What is reduced behind a reshape is computed under the shape it is reduced in.
// RUN: etch-opt %s --etch-reshape-operands --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @blocks
// CHECK-SAME: (%[[X:.*]]: tensor<1080x1920xui8>)
// CHECK-NEXT: %[[SEEN:.*]] = etch.reshape %[[X]] shape = [540, 2, 960, 2]
// CHECK-NEXT: %[[CAST:.*]] = etch.cast %[[SEEN]] {dtype = f32}
// CHECK-NEXT: etch.reduce_sum %[[CAST]] axes = [1, 3]
// CHECK-NEXT: return
func.func @blocks(%x: tensor<1080x1920xui8>) -> tensor<540x960xf32> {
  %0 = etch.cast %x {dtype = f32} : (tensor<1080x1920xui8>) -> tensor<1080x1920xf32>
  %1 = etch.reshape %0 shape = [540, 2, 960, 2] : (tensor<1080x1920xf32>) -> tensor<540x2x960x2xf32>
  %2 = etch.reduce_sum %1 axes = [1, 3] : (tensor<540x2x960x2xf32>) -> tensor<540x960xf32>
  return %2 : tensor<540x960xf32>
}

// -----

// Moments: what both sums read is computed once. A number for each channel is repeated under the other shape.
// CHECK-LABEL: func.func @moments
// CHECK-SAME: (%[[X:.*]]: tensor<64x48x3xf32>, %[[MEANS:.*]]: tensor<3xf32>)
// CHECK-DAG: %[[SEEN:.*]] = etch.reshape %[[X]] shape = [32, 2, 24, 2, 3]
// CHECK-DAG: %[[REPEATED:.*]] = etch.broadcast_in_dim %[[MEANS]] shape = [32, 2, 24, 2, 3] dims = [4]
// CHECK: %[[APART:.*]] = etch.sub %[[SEEN]], %[[REPEATED]] : tensor<32x2x24x2x3xf32>
// CHECK: %[[SQUARE:.*]] = etch.mul %[[APART]], %[[APART]] : tensor<32x2x24x2x3xf32>
// CHECK-DAG: etch.reduce_sum %[[APART]] axes = [1, 3]
// CHECK-DAG: etch.reduce_sum %[[SQUARE]] axes = [1, 3]
// CHECK-NOT: tensor<64x48x3xf32>
func.func @moments(%x: tensor<64x48x3xf32>, %means: tensor<3xf32>) -> (tensor<32x24x3xf32>, tensor<32x24x3xf32>) {
  %0 = etch.broadcast_in_dim %means shape = [64, 48, 3] dims = [2] : (tensor<3xf32>) -> tensor<64x48x3xf32>
  %1 = etch.sub %x, %0 : tensor<64x48x3xf32>
  %2 = etch.mul %1, %1 : tensor<64x48x3xf32>
  %3 = etch.reshape %1 shape = [32, 2, 24, 2, 3] : (tensor<64x48x3xf32>) -> tensor<32x2x24x2x3xf32>
  %4 = etch.reshape %2 shape = [32, 2, 24, 2, 3] : (tensor<64x48x3xf32>) -> tensor<32x2x24x2x3xf32>
  %5 = etch.reduce_sum %3 axes = [1, 3] : (tensor<32x2x24x2x3xf32>) -> tensor<32x24x3xf32>
  %6 = etch.reduce_sum %4 axes = [1, 3] : (tensor<32x2x24x2x3xf32>) -> tensor<32x24x3xf32>
  return %5, %6 : tensor<32x24x3xf32>, tensor<32x24x3xf32>
}

// -----

// Rows of 3 that are repeated are no rows of 2: they would have to be stored, as many bytes as now. So stays what is
// read elsewhere, too.
// CHECK-LABEL: func.func @stay
// CHECK: %[[SUM:.*]] = etch.add {{.*}} : tensor<64x48xf32>
// CHECK: %[[BLOCKS:.*]] = etch.reshape %[[SUM]] shape = [32, 96]
// CHECK: etch.reduce_sum %[[BLOCKS]]
// CHECK: %[[TWICE:.*]] = etch.mul {{.*}} : tensor<64x48xf32>
// CHECK: %[[ROWS:.*]] = etch.reshape %[[TWICE]] shape = [32, 96]
// CHECK: etch.reduce_sum %[[ROWS]]
func.func @stay(%x: tensor<64x48xf32>, %row: tensor<48xf32>) -> (tensor<32xf32>, tensor<32xf32>, tensor<64x48xf32>) {
  %0 = etch.broadcast_in_dim %row shape = [64, 48] dims = [1] : (tensor<48xf32>) -> tensor<64x48xf32>
  %1 = etch.add %x, %0 : tensor<64x48xf32>
  %2 = etch.reshape %1 shape = [32, 96] : (tensor<64x48xf32>) -> tensor<32x96xf32>
  %3 = etch.reduce_sum %2 axes = [1] : (tensor<32x96xf32>) -> tensor<32xf32>
  %4 = etch.mul %x, %x : tensor<64x48xf32>
  %5 = etch.reshape %4 shape = [32, 96] : (tensor<64x48xf32>) -> tensor<32x96xf32>
  %6 = etch.reduce_sum %5 axes = [1] : (tensor<32x96xf32>) -> tensor<32xf32>
  return %3, %6, %4 : tensor<32xf32>, tensor<32xf32>, tensor<64x48xf32>
}
