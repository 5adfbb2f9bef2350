// Rows of a large table are fetched before they are read.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// CHECK-LABEL: func.func private @reduce_sum
// CHECK: llvm.intr.prefetch
func.func @large(%t: tensor<50000x128xf32>, %i: tensor<64x32xi32>) -> tensor<64x128xf32> {
  %0 = etch.take %t, %i axis = 0 : (tensor<50000x128xf32>, tensor<64x32xi32>) -> tensor<64x32x128xf32>
  %1 = etch.reduce_sum %0 axes = [1] : (tensor<64x32x128xf32>) -> tensor<64x128xf32>
  return %1 : tensor<64x128xf32>
}

// -----

// Those of a small one stay in the cache.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK-NOT: prefetch
// CHECK: return
func.func @small(%t: tensor<500x128xf32>, %i: tensor<64x32xi32>) -> tensor<64x128xf32> {
  %0 = etch.take %t, %i axis = 0 : (tensor<500x128xf32>, tensor<64x32xi32>) -> tensor<64x32x128xf32>
  %1 = etch.reduce_sum %0 axes = [1] : (tensor<64x32x128xf32>) -> tensor<64x128xf32>
  return %1 : tensor<64x128xf32>
}
