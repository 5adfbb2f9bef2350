// Loops that read transposed operands across their lanes: squares of sixteen by sixteen.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Whole squares: nothing is masked. In the caches rows of squares follow each other.
// CHECK-LABEL: func.func private @neg_add
// CHECK-NOT: masked
// CHECK-COUNT-2: scf.for
// CHECK-COUNT-16: llvm.load {{.*}} -> vector<16xf32>
// CHECK: vector.shuffle
// CHECK: scf.for
// CHECK-NOT: masked
// CHECK: return
func.func @squares(%x: tensor<64x64xf32>, %y: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<64x64xf32>) -> tensor<64x64xf32>
  %1 = etch.neg %0 : tensor<64x64xf32>
  %2 = etch.add %1, %y : tensor<64x64xf32>
  return %2 : tensor<64x64xf32>
}

// -----

// Larger than the caches: blocks of 256 by 256.
// CHECK-LABEL: func.func private @neg_add
// CHECK-DAG: %[[BLOCK:.*]] = arith.constant 256 : i64
// CHECK-DAG: %[[SQUARE:.*]] = arith.constant 16 : i64
// CHECK: scf.for {{.*}} step %[[BLOCK]]
// CHECK: scf.for {{.*}} step %[[BLOCK]]
// CHECK: scf.for {{.*}} step %[[SQUARE]]
// CHECK: scf.for {{.*}} step %[[SQUARE]]
// CHECK: return
func.func @blocks(%x: tensor<2048x2048xf32>, %y: tensor<2048x2048xf32>) -> tensor<2048x2048xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<2048x2048xf32>) -> tensor<2048x2048xf32>
  %1 = etch.neg %0 : tensor<2048x2048xf32>
  %2 = etch.add %1, %y : tensor<2048x2048xf32>
  return %2 : tensor<2048x2048xf32>
}

// -----

// Rows of unknown length are no planes: squares, not elements one by one.
// CHECK-LABEL: func.func private @neg
// CHECK-NOT: masked.gather
// CHECK: vector.shuffle
// CHECK-NOT: masked.gather
// CHECK: return
func.func @unknown(%x: tensor<64x?xf32>) -> tensor<?x64xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<64x?xf32>) -> tensor<?x64xf32>
  %1 = etch.neg %0 : tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}
