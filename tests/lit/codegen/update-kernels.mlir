// Kernels that write part of a copy of their operand.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// The copy is left out at run time when the result lies over the operand; starts are clamped so that the block fits.
// CHECK-LABEL: func.func private @dynamic_update_slice
// CHECK: %[[APART:.*]] = arith.cmpi ne
// CHECK: scf.if %[[APART]]
// CHECK: llvm.intr.memcpy
// CHECK: arith.minsi
// CHECK: arith.maxsi
// CHECK: masked.store
func.func @block(%x: tensor<40xf32>, %u: tensor<3xf32>, %i: tensor<i64>) -> tensor<40xf32> {
  %0 = etch.dynamic_update_slice %x, %u starts %i : (tensor<40xf32>, tensor<3xf32>, tensor<i64>) -> tensor<40xf32>
  return %0 : tensor<40xf32>
}

// -----

// Equal indices meet: rows are added one after the other, in vectors along the row; indices outside are dropped.
// CHECK-LABEL: func.func private @scatter_add
// CHECK: scf.for
// CHECK: %[[IN:.*]] = arith.andi {{.*}} : i1
// CHECK: scf.if %[[IN]]
// CHECK: arith.addf {{.*}} : vector<16xf32>
func.func @rows(%x: tensor<5x16xf32>, %i: tensor<7xi64>, %u: tensor<7x16xf32>) -> tensor<5x16xf32> {
  %0 = etch.scatter_add %x, %i, %u axis = 0 : (tensor<5x16xf32>, tensor<7xi64>, tensor<7x16xf32>) -> tensor<5x16xf32>
  return %0 : tensor<5x16xf32>
}

// -----

// Along the last axis lanes could meet: element by element.
// CHECK-LABEL: func.func private @scatter_add
// CHECK-NOT: vector<
// CHECK: arith.addf {{.*}} : f32
// CHECK-NOT: vector<
// CHECK: return
func.func @elements(%x: tensor<5xf32>, %i: tensor<7xi64>, %u: tensor<7xf32>) -> tensor<5xf32> {
  %0 = etch.scatter_add %x, %i, %u axis = 0 : (tensor<5xf32>, tensor<7xi64>, tensor<7xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

// Rows that are repeated are read where they come from; the rows they go to are fetched some indices ahead.
// CHECK-LABEL: func.func private @scatter_add
// CHECK-NOT: memcpy
// CHECK: llvm.intr.memset
// CHECK: scf.for
// CHECK: llvm.intr.prefetch
// CHECK: llvm.intr.prefetch
// CHECK: scf.if
// CHECK: arith.addf {{.*}} : vector<16xf32>
func.func @repeated(%i: tensor<4x8xi32>, %g: tensor<4x32xf32>) -> tensor<5000x32xf32> {
  %0 = etch.constant dense<0.0> : tensor<5000x32xf32>
  %1 = etch.broadcast_in_dim %g shape = [4, 8, 32] dims = [0, 2] : (tensor<4x32xf32>) -> tensor<4x8x32xf32>
  %2 = etch.scatter_add %0, %i, %1 axis = 0 : (tensor<5000x32xf32>, tensor<4x8xi32>, tensor<4x8x32xf32>) -> tensor<5000x32xf32>
  return %2 : tensor<5000x32xf32>
}
