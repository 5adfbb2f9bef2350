// What is the same along the axes of a sum is taken out of it, where the sum is one of columns of a large tensor.
// RUN: etch-opt %s --etch-split-column-sums --split-input-file | FileCheck %s

// The variance around a guess, the mean of the first 128 of 4096 rows: neither sum waits for the mean.
// CHECK-LABEL: func.func @variance
// CHECK: %[[FIRST:.*]] = etch.slice %arg0 starts = [0, 0] limits = [128, 64]
// CHECK: %[[P:.*]] = etch.reduce_sum %[[FIRST]] axes = [0]
// CHECK: %[[GUESS:.*]] = etch.div %[[P]]
// CHECK: %[[REPEATED:.*]] = etch.broadcast_in_dim %[[GUESS]]
// CHECK: %[[D:.*]] = etch.sub %arg0, %[[REPEATED]]
// CHECK: %[[TOTAL:.*]] = etch.reduce_sum %arg0 axes = [0]
// CHECK: %[[M:.*]] = etch.div %[[TOTAL]]
// CHECK: %[[OFF:.*]] = etch.sub %[[GUESS]], %[[M]]
// CHECK: %[[DD:.*]] = etch.mul %[[D]], %[[D]]
// CHECK: %[[OFF2:.*]] = etch.mul %[[OFF]], %[[OFF]]
// CHECK: %[[S2:.*]] = etch.reduce_sum %[[DD]] axes = [0]
// CHECK: %[[S1:.*]] = etch.reduce_sum %[[D]] axes = [0]
// CHECK: %[[TWICE:.*]] = etch.mul %[[OFF]], %[[S1]]
// CHECK: etch.add %[[S2]], %[[TWICE]]
// CHECK: etch.mul %[[OFF2]]
// CHECK: %[[V:.*]] = etch.maximum
// CHECK-NOT: etch.reduce_sum
// CHECK: return %[[V]]
func.func @variance(%x: tensor<4096x64xf32>) -> tensor<64xf32> {
  %n = etch.constant dense<4096.0> : tensor<64xf32>
  %0 = etch.reduce_sum %x axes = [0] : (tensor<4096x64xf32>) -> tensor<64xf32>
  %1 = etch.div %0, %n : tensor<64xf32>
  %2 = etch.broadcast_in_dim %1 shape = [4096, 64] dims = [1] : (tensor<64xf32>) -> tensor<4096x64xf32>
  %3 = etch.sub %x, %2 : tensor<4096x64xf32>
  %4 = etch.square %3 : tensor<4096x64xf32>
  %5 = etch.reduce_sum %4 axes = [0] : (tensor<4096x64xf32>) -> tensor<64xf32>
  return %5 : tensor<64xf32>
}

// -----

// A factor is taken out: what is left may be summed already.
// CHECK-LABEL: func.func @factor
// CHECK: %[[S:.*]] = etch.reduce_sum %arg0 axes = [0, 1]
// CHECK: etch.mul %arg1, %[[S]]
// CHECK-NOT: etch.reduce_sum
// CHECK: return
func.func @factor(%x: tensor<64x64x64xf32>, %c: tensor<64xf32>) -> tensor<64xf32> {
  %0 = etch.broadcast_in_dim %c shape = [64, 64, 64] dims = [2] : (tensor<64xf32>) -> tensor<64x64x64xf32>
  %1 = etch.mul %x, %0 : tensor<64x64x64xf32>
  %2 = etch.reduce_sum %1 axes = [0, 1] : (tensor<64x64x64xf32>) -> tensor<64xf32>
  return %2 : tensor<64xf32>
}

// -----

// Of more terms than one, only where a factor waits for another sum.
// CHECK-LABEL: func.func @waits
// CHECK-DAG: etch.reduce_sum %arg1 axes = [0, 1]
// CHECK-DAG: %[[XY:.*]] = etch.mul %arg0, %arg1
// CHECK-DAG: etch.reduce_sum %[[XY]] axes = [0, 1]
// CHECK: return
func.func @waits(%x: tensor<64x64x64xf32>, %y: tensor<64x64x64xf32>) -> tensor<64xf32> {
  %c = etch.reduce_sum %y axes = [0, 1] : (tensor<64x64x64xf32>) -> tensor<64xf32>
  %0 = etch.broadcast_in_dim %c shape = [64, 64, 64] dims = [2] : (tensor<64xf32>) -> tensor<64x64x64xf32>
  %1 = etch.add %x, %0 : tensor<64x64x64xf32>
  %2 = etch.mul %1, %y : tensor<64x64x64xf32>
  %3 = etch.reduce_sum %2 axes = [0, 1] : (tensor<64x64x64xf32>) -> tensor<64xf32>
  return %3 : tensor<64xf32>
}

// -----

// Parameters and numbers wait for nothing: what is summed may be made behind a product, together.
// CHECK-LABEL: func.func @parameter
// CHECK: %[[P:.*]] = etch.add %arg0
// CHECK: %[[Q:.*]] = etch.mul %[[P]], %arg1
// CHECK: %[[R:.*]] = etch.mul %[[Q]]
// CHECK: etch.reduce_sum %[[R]] axes = [0, 1]
// CHECK-NOT: etch.reduce_sum
// CHECK: return
func.func @parameter(%x: tensor<64x64x64xf32>, %y: tensor<64x64x64xf32>, %c: tensor<64xf32>) -> tensor<64xf32> {
  %0 = etch.broadcast_in_dim %c shape = [64, 64, 64] dims = [2] : (tensor<64xf32>) -> tensor<64x64x64xf32>
  %half = etch.constant dense<0.5> : tensor<64x64x64xf32>
  %1 = etch.add %x, %0 : tensor<64x64x64xf32>
  %2 = etch.mul %1, %y : tensor<64x64x64xf32>
  %3 = etch.mul %2, %half : tensor<64x64x64xf32>
  %4 = etch.reduce_sum %3 axes = [0, 1] : (tensor<64x64x64xf32>) -> tensor<64xf32>
  return %4 : tensor<64xf32>
}

// -----

// Rows stay in a cache between passes, and so do few elements; a sum of two tensors is one sum.
// CHECK-LABEL: func.func @others
// CHECK-NOT: etch.slice
// CHECK-NOT: etch.maximum
// CHECK: %[[A:.*]] = etch.mul %arg0
// CHECK: etch.reduce_sum %[[A]] axes = [1]
// CHECK: %[[B:.*]] = etch.mul %arg1
// CHECK: etch.reduce_sum %[[B]] axes = [0]
// CHECK: %[[C:.*]] = etch.sub %arg0, %arg2
// CHECK: etch.reduce_sum %[[C]] axes = [0]
// CHECK: return
func.func @others(%x: tensor<4096x64xf32>, %y: tensor<40x64xf32>, %z: tensor<4096x64xf32>, %r: tensor<4096xf32>,
                  %c: tensor<64xf32>) -> (tensor<4096xf32>, tensor<64xf32>, tensor<64xf32>) {
  %0 = etch.broadcast_in_dim %r shape = [4096, 64] dims = [0] : (tensor<4096xf32>) -> tensor<4096x64xf32>
  %1 = etch.mul %x, %0 : tensor<4096x64xf32>
  %2 = etch.reduce_sum %1 axes = [1] : (tensor<4096x64xf32>) -> tensor<4096xf32>
  %3 = etch.broadcast_in_dim %c shape = [40, 64] dims = [1] : (tensor<64xf32>) -> tensor<40x64xf32>
  %4 = etch.mul %y, %3 : tensor<40x64xf32>
  %5 = etch.reduce_sum %4 axes = [0] : (tensor<40x64xf32>) -> tensor<64xf32>
  %6 = etch.sub %x, %z : tensor<4096x64xf32>
  %7 = etch.reduce_sum %6 axes = [0] : (tensor<4096x64xf32>) -> tensor<64xf32>
  return %2, %5, %7 : tensor<4096xf32>, tensor<64xf32>, tensor<64xf32>
}

// -----

// What is computed from arguments is computed again for the first rows: nothing is sliced, so nothing is stored for that.
// CHECK-LABEL: func.func @computed
// CHECK: %[[FIRST:.*]] = etch.slice %arg0 starts = [0, 0] limits = [128, 64]
// CHECK: %[[E:.*]] = etch.exp %[[FIRST]] : tensor<128x64xf32>
// CHECK: %[[B:.*]] = etch.broadcast_in_dim %arg1 shape = [128, 64] dims = [1]
// CHECK: %[[Y:.*]] = etch.add %[[E]], %[[B]] : tensor<128x64xf32>
// CHECK: etch.reduce_sum %[[Y]] axes = [0] : (tensor<128x64xf32>) -> tensor<64xf32>
// CHECK-NOT: etch.slice
// CHECK: return
func.func @computed(%x: tensor<4096x64xf32>, %c: tensor<64xf32>) -> tensor<64xf32> {
  %n = etch.constant dense<4096.0> : tensor<64xf32>
  %e = etch.exp %x : tensor<4096x64xf32>
  %b = etch.broadcast_in_dim %c shape = [4096, 64] dims = [1] : (tensor<64xf32>) -> tensor<4096x64xf32>
  %y = etch.add %e, %b : tensor<4096x64xf32>
  %0 = etch.reduce_sum %y axes = [0] : (tensor<4096x64xf32>) -> tensor<64xf32>
  %1 = etch.div %0, %n : tensor<64xf32>
  %2 = etch.broadcast_in_dim %1 shape = [4096, 64] dims = [1] : (tensor<64xf32>) -> tensor<4096x64xf32>
  %3 = etch.sub %y, %2 : tensor<4096x64xf32>
  %4 = etch.square %3 : tensor<4096x64xf32>
  %5 = etch.reduce_sum %4 axes = [0] : (tensor<4096x64xf32>) -> tensor<64xf32>
  return %5 : tensor<64xf32>
}
