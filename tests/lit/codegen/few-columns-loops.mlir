// Elementwise kernels of few columns pass over the matrix as it lies.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Scales of three columns are in three vectors again after sixteen rows: they stay in registers, and only what is left
// of a block of 32 rows reads what was written down.
// CHECK-LABEL: func.func private @mul
// CHECK: llvm.alloca
// CHECK: llvm.intr.masked.load
// CHECK: llvm.store {{.*}} : vector<16xf32>
// CHECK: scf.for {{.*}} to %c32_i64 step %c1_i64
// CHECK: arith.divsi
// CHECK: %[[FIRST:[0-9]+]] = llvm.load {{.*}} -> vector<16xf32>
// CHECK: %[[SECOND:[0-9]+]] = llvm.load {{.*}} -> vector<16xf32>
// CHECK: %[[THIRD:[0-9]+]] = llvm.load {{.*}} -> vector<16xf32>
// CHECK: scf.for {{.*}} step %c32_i64
// CHECK-NOT: scf.for
// CHECK: arith.mulf {{.*}}, %[[FIRST]]
// CHECK: arith.mulf {{.*}}, %[[SECOND]]
// CHECK: arith.mulf {{.*}}, %[[THIRD]]
// CHECK: arith.mulf {{.*}}, %[[FIRST]]
// CHECK: arith.mulf {{.*}}, %[[SECOND]]
// CHECK: arith.mulf {{.*}}, %[[THIRD]]
// CHECK: scf.for {{.*}} step %c32_i64
// CHECK: llvm.intr.masked.store
// CHECK: return
func.func @scaled(%x: tensor<10000x3xf32>, %scale: tensor<3xf32>) -> tensor<10000x3xf32> {
  %0 = etch.broadcast_in_dim %scale shape = [10000, 3] dims = [1] : (tensor<3xf32>) -> tensor<10000x3xf32>
  %1 = etch.mul %x, %0 : tensor<10000x3xf32>
  return %1 : tensor<10000x3xf32>
}

// -----

// Code that is long is there once: scales are written down for a block of 96 rows.
// CHECK-LABEL: func.func private @mul_exp
// CHECK: scf.for {{.*}} to %c96_i64 step %c1_i64
// CHECK: scf.for {{.*}} step %c96_i64
// CHECK: scf.for
// CHECK-COUNT-2: llvm.intr.masked.load
// CHECK: return
func.func @scaled_exp(%x: tensor<10000x3xf32>, %scale: tensor<3xf32>) -> tensor<10000x3xf32> {
  %0 = etch.broadcast_in_dim %scale shape = [10000, 3] dims = [1] : (tensor<3xf32>) -> tensor<10000x3xf32>
  %1 = etch.mul %x, %0 : tensor<10000x3xf32>
  %2 = etch.exp %1 : tensor<10000x3xf32>
  return %2 : tensor<10000x3xf32>
}

// -----

// What is computed for each row is computed once, for sixteen rows at a time, and spread over the columns.
// CHECK-LABEL: func.func private @mul
// CHECK: scf.for {{.*}} step %c128_i64
// CHECK: scf.for {{.*}} to %c128_i64 step %c16_i64
// CHECK: vector.shuffle {{.*}} [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7]
// CHECK: vector.shuffle {{.*}} [8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15]
// CHECK: scf.for {{.*}} to %c256_i64 step %c16_i64
// CHECK: arith.mulf
// CHECK: return
func.func @each_row(%x: tensor<10000x2xf32>, %s: tensor<10000xf32>) -> tensor<10000x2xf32> {
  %0 = etch.exp %s : tensor<10000xf32>
  %1 = etch.broadcast_in_dim %0 shape = [10000, 2] dims = [0] : (tensor<10000xf32>) -> tensor<10000x2xf32>
  %2 = etch.mul %x, %1 : tensor<10000x2xf32>
  return %2 : tensor<10000x2xf32>
}

// -----

// Points of many curves: few rows for each. Three columns are loaded once for the curve, and nothing is written down; of
// the 24 rows, eight are left.
// CHECK-LABEL: func.func private @mul
// CHECK-NOT: llvm.alloca
// CHECK: scf.for {{.*}} step %c1_i64
// CHECK: %[[COLUMNS:.*]] = llvm.intr.masked.load {{.*}} -> vector<16xf32>
// CHECK: scf.for {{.*}} step %c16_i64
// CHECK: vector.shuffle {{.*}} [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5]
// CHECK: vector.shuffle %[[COLUMNS]], %[[COLUMNS]] [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
// CHECK: vector.shuffle %[[COLUMNS]], %[[COLUMNS]] [1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1]
// CHECK: vector.shuffle %[[COLUMNS]], %[[COLUMNS]] [2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]
// CHECK: scf.for {{.*}} step %c16_i64
// CHECK: llvm.intr.masked.store
// CHECK-NOT: gather
// CHECK: return
func.func @curves(%t: tensor<24xf32>, %p: tensor<1000x3xf32>) -> tensor<1000x24x3xf32> {
  %0 = etch.broadcast_in_dim %t shape = [1000, 24, 3] dims = [1] : (tensor<24xf32>) -> tensor<1000x24x3xf32>
  %1 = etch.broadcast_in_dim %p shape = [1000, 24, 3] dims = [0, 2] : (tensor<1000x3xf32>) -> tensor<1000x24x3xf32>
  %2 = etch.mul %0, %1 : tensor<1000x24x3xf32>
  return %2 : tensor<1000x24x3xf32>
}

// -----

// Half a vector and more is a vector of its own.
// CHECK-LABEL: func.func private @mul
// CHECK-NOT: llvm.alloca
// CHECK: return
func.func @longer(%x: tensor<10000x8xf32>, %scale: tensor<8xf32>) -> tensor<10000x8xf32> {
  %0 = etch.broadcast_in_dim %scale shape = [10000, 8] dims = [1] : (tensor<8xf32>) -> tensor<10000x8xf32>
  %1 = etch.mul %x, %0 : tensor<10000x8xf32>
  return %1 : tensor<10000x8xf32>
}
