// Products of matrices that fit into a vector each: lanes are spread and multiplied, nothing is called.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Four by four: a vector is one matrix.
// CHECK-LABEL: func.func private @dot_general(
// CHECK: llvm.load {{.*}} vector<16xf32>
// CHECK: llvm.load {{.*}} vector<16xf32>
// CHECK: vector.shuffle {{.*}} [0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12]
// CHECK: vector.shuffle {{.*}} [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]
// CHECK-COUNT-3: math.fma
// CHECK-NOT: call
// CHECK: return
func.func @poses(%a: tensor<9x4x4xf32>, %b: tensor<9x4x4xf32>) -> tensor<9x4x4xf32> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [2] x [1] : (tensor<9x4x4xf32>, tensor<9x4x4xf32>) -> tensor<9x4x4xf32>
  return %0 : tensor<9x4x4xf32>
}

// -----

// Three by three fits once, two by two four times; the rest has masks.
// CHECK-LABEL: func.func private @dot_general(
// CHECK: scf.for
// CHECK: vector.shuffle {{.*}} [0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14]
// CHECK: scf.if
// CHECK: llvm.intr.masked.store
// CHECK-NOT: call
// CHECK: return
func.func @pairs(%a: tensor<?x2x2xf32>, %b: tensor<?x2x2xf32>) -> tensor<?x2x2xf32> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [2] x [1] : (tensor<?x2x2xf32>, tensor<?x2x2xf32>) -> tensor<?x2x2xf32>
  return %0 : tensor<?x2x2xf32>
}

// -----

// Rows of a tall matrix: the other one is loaded once.
// CHECK-LABEL: func.func private @dot_general(
// CHECK: llvm.load {{.*}} vector<16xf32>
// CHECK: scf.for
// CHECK: llvm.load {{.*}} vector<16xf32>
// CHECK-NOT: call
// CHECK: return
func.func @states(%a: tensor<256x4xf32>, %b: tensor<4x4xf32>) -> tensor<256x4xf32> {
  %0 = etch.dot_general %a, %b batch = [] x [] contract = [1] x [0] : (tensor<256x4xf32>, tensor<4x4xf32>) -> tensor<256x4xf32>
  return %0 : tensor<256x4xf32>
}
