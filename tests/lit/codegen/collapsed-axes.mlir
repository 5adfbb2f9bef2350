// Neighbouring axes that no op of a kernel tells apart are one to the emitters.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// All but the first row of 1000x2 is one run of 1998 elements.
// CHECK-LABEL: func.func private @exp
// CHECK-SAME: etch.trips = 1998
// CHECK: return
func.func @rows(%x: tensor<1000x2xf32>) -> tensor<999x2xf32> {
  %0 = etch.slice %x starts = [1, 0] limits = [1000, 2] strides = [1, 1] : (tensor<1000x2xf32>) -> tensor<999x2xf32>
  %1 = etch.exp %0 : tensor<999x2xf32>
  return %1 : tensor<999x2xf32>
}

// -----

// Sixteen rows take each pass together, of 64 x 3 in all, not only of three.
// CHECK-LABEL: func.func private @reduce_sum_div
// CHECK-SAME: etch.trips = 192
// CHECK: return
func.func @reduced(%x: tensor<64x3x40xf32>) -> tensor<64x3x40xf32> {
  %0 = etch.reduce_sum %x axes = [2] : (tensor<64x3x40xf32>) -> tensor<64x3xf32>
  %1 = etch.broadcast_in_dim %0 shape = [64, 3, 40] dims = [0, 1] : (tensor<64x3xf32>) -> tensor<64x3x40xf32>
  %2 = etch.div %x, %1 : tensor<64x3x40xf32>
  return %2 : tensor<64x3x40xf32>
}

// -----

// Axes that are reduced stay apart: they say in which order is added up.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK-SAME: etch.trips = 64
// CHECK: scf.for
// CHECK: scf.for {{.*}} to %c3_i64
// CHECK: return
func.func @apart(%x: tensor<64x3x1000xf32>) -> tensor<64xf32> {
  %0 = etch.reduce_sum %x axes = [1, 2] : (tensor<64x3x1000xf32>) -> tensor<64xf32>
  return %0 : tensor<64xf32>
}

// -----

// Axes with a number for each of one and not of the other stay apart.
// CHECK-LABEL: func.func private @mul
// CHECK-SAME: etch.trips = 50
// CHECK: return
func.func @scaled(%x: tensor<50x8x32xf32>, %scale: tensor<8xf32>) -> tensor<50x8x32xf32> {
  %0 = etch.broadcast_in_dim %scale shape = [50, 8, 32] dims = [1] : (tensor<8xf32>) -> tensor<50x8x32xf32>
  %1 = etch.mul %x, %0 : tensor<50x8x32xf32>
  return %1 : tensor<50x8x32xf32>
}
