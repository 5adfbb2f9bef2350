// Transposes: tiles of a cache line a side, transposed in registers; no gathers.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Whole tiles: 16 loads, 4 rounds of 16 shuffles, 16 stores, nothing masked. The batch axes are one.
// CHECK-LABEL: func.func private @transpose
// CHECK-NOT: masked
// CHECK-COUNT-16: llvm.load {{.*}} -> vector<16xi32>
// CHECK-COUNT-64: vector.shuffle
// CHECK-NOT: vector.shuffle
// CHECK-COUNT-16: llvm.store {{.*}} : vector<16xi32>
// CHECK-NOT: masked
// CHECK: return
func.func @whole(%a: tensor<2x3x64x32xf32>) -> tensor<2x3x32x64xf32> {
  %0 = etch.transpose %a permutation = [0, 1, 3, 2] : (tensor<2x3x64x32xf32>) -> tensor<2x3x32x64xf32>
  return %0 : tensor<2x3x32x64xf32>
}

// -----

// Edges: everything masked, also against rows and columns that do not exist.
// CHECK-LABEL: func.func private @transpose
// CHECK: scf.if
// CHECK-COUNT-8: llvm.load {{.*}} -> vector<8xi64>
// CHECK-COUNT-24: vector.shuffle
// CHECK: else
// CHECK-COUNT-8: llvm.intr.masked.load
// CHECK-COUNT-24: vector.shuffle
// CHECK-COUNT-8: llvm.intr.masked.store
// CHECK: return
func.func @edges(%a: tensor<13x9xf64>) -> tensor<9x13xf64> {
  %0 = etch.transpose %a permutation = [1, 0] : (tensor<13x9xf64>) -> tensor<9x13xf64>
  return %0 : tensor<9x13xf64>
}

// -----

// Large results bypass the caches, which ends with a fence.
// CHECK-LABEL: func.func private @transpose
// CHECK-COUNT-16: llvm.store {{.*}} {alignment = 64 : i64, nontemporal} : vector<16xi32>
// CHECK: llvm.fence seq_cst
// CHECK: return
func.func @large(%a: tensor<1024x1024xf32>) -> tensor<1024x1024xf32> {
  %0 = etch.transpose %a permutation = [1, 0] : (tensor<1024x1024xf32>) -> tensor<1024x1024xf32>
  return %0 : tensor<1024x1024xf32>
}

// -----

// The last axis stays: runs of memory.
// CHECK-LABEL: func.func private @transpose
// CHECK-NOT: vector.shuffle
// CHECK: llvm.load {{.*}} -> vector<16xi32>
// CHECK-NEXT: llvm.getelementptr
// CHECK-NEXT: llvm.store {{.*}} : vector<16xi32>
// CHECK-NOT: vector.shuffle
// CHECK: return
func.func @runs(%a: tensor<8x6x32xf32>) -> tensor<6x8x32xf32> {
  %0 = etch.transpose %a permutation = [1, 0, 2] : (tensor<8x6x32xf32>) -> tensor<6x8x32xf32>
  return %0 : tensor<6x8x32xf32>
}

// -----

// Unknown extents: the kernel counts its own blocks and calls itself in parallel when they are many.
// CHECK-LABEL: func.func private @transpose
// CHECK: cf.cond_br
// CHECK: call @etch_rt_parallel_for
// CHECK-NEXT: return
// CHECK: return
func.func @unknown(%a: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = etch.transpose %a permutation = [1, 0] : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
