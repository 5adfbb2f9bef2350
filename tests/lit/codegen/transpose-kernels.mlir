// Transposes: tiles of a cache line by sixteen bytes, transposed in registers; no gathers.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Whole tiles: four loads for each register, two rounds of four shuffles inside lanes, four stores, nothing masked. The
// batch axes are one.
// CHECK-LABEL: func.func private @transpose
// CHECK-NOT: masked
// CHECK-COUNT-4: llvm.load {{.*}} -> vector<4xi32>
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29]
// CHECK-COUNT-7: vector.shuffle {{.*}} : vector<16xi32>, vector<16xi32>
// CHECK-NOT: vector.shuffle
// CHECK-COUNT-4: llvm.store {{.*}} : vector<16xi32>
// CHECK-NOT: masked
// CHECK: return
func.func @whole(%a: tensor<2x3x64x32xf32>) -> tensor<2x3x32x64xf32> {
  %0 = etch.transpose %a permutation = [0, 1, 3, 2] : (tensor<2x3x64x32xf32>) -> tensor<2x3x32x64xf32>
  return %0 : tensor<2x3x32x64xf32>
}

// -----

// The last tiles reach back over those before them: nothing is masked.
// CHECK-LABEL: func.func private @transpose
// CHECK-COUNT-2: arith.minsi
// CHECK-COUNT-8: llvm.load {{.*}} -> vector<2xi64>
// CHECK-NOT: masked
// CHECK: return
func.func @edges(%a: tensor<13x9xf64>) -> tensor<9x13xf64> {
  %0 = etch.transpose %a permutation = [1, 0] : (tensor<13x9xf64>) -> tensor<9x13xf64>
  return %0 : tensor<9x13xf64>
}

// -----

// Pictures of three channels: three lines hold a line of each. Two shuffles take out one.
// CHECK-LABEL: func.func private @transpose
// CHECK-COUNT-3: llvm.load {{.*}} -> vector<64xi8>
// CHECK-COUNT-6: vector.shuffle {{.*}} : vector<64xi8>, vector<64xi8>
// CHECK-NOT: vector.shuffle
// CHECK-COUNT-3: llvm.store {{.*}} : vector<64xi8>
// CHECK-NOT: masked
// CHECK: return
func.func @channels_apart(%a: tensor<2x32x32x3xui8>) -> tensor<2x3x32x32xui8> {
  %0 = etch.transpose %a permutation = [0, 3, 1, 2] : (tensor<2x32x32x3xui8>) -> tensor<2x3x32x32xui8>
  return %0 : tensor<2x3x32x32xui8>
}

// -----

// Six columns are put together by three shuffles each: in pairs, then three pairs. Fewer than a line's elements in all:
// masked.
// CHECK-LABEL: func.func private @transpose
// CHECK-COUNT-6: llvm.intr.masked.load {{.*}} -> vector<16xi32>
// CHECK-COUNT-18: vector.shuffle {{.*}} : vector<16xi32>, vector<16xi32>
// CHECK-NOT: vector.shuffle
// CHECK-COUNT-6: llvm.intr.masked.store
// CHECK: return
func.func @together(%a: tensor<6x15xf32>) -> tensor<15x6xf32> {
  %0 = etch.transpose %a permutation = [1, 0] : (tensor<6x15xf32>) -> tensor<15x6xf32>
  return %0 : tensor<15x6xf32>
}

// -----

// Less than a tile: loads are masked against rows, stores against columns and rows that do not exist.
// CHECK-LABEL: func.func private @transpose
// CHECK-COUNT-8: llvm.intr.masked.load
// CHECK-COUNT-2: vector.shuffle {{.*}} : vector<8xi64>, vector<8xi64>
// CHECK-COUNT-2: llvm.intr.masked.store
// CHECK: return
func.func @small(%a: tensor<5x3x9xf64>) -> tensor<9x3x5xf64> {
  %0 = etch.transpose %a permutation = [2, 1, 0] : (tensor<5x3x9xf64>) -> tensor<9x3x5xf64>
  return %0 : tensor<9x3x5xf64>
}

// -----

// Large results bypass the caches, which ends with a fence.
// CHECK-LABEL: func.func private @transpose
// CHECK-COUNT-4: llvm.store {{.*}} {alignment = 64 : i64, nontemporal} : vector<16xi32>
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
