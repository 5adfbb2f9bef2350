// Batches of products of small matrices: nothing is called, rows of results are vectors.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s
// RUN: etch-opt %s --stop-after=kernels --split-input-file --strict | FileCheck %s --check-prefix=STRICT

// Rows of the right operand are loaded once, numbers of the left one are broadcast: a line with five rows of sums.
// CHECK-LABEL: func.func private @dot_general(
// CHECK: llvm.intr.masked.load {{.*}} vector<8xf32>
// CHECK-COUNT-5: math.fma {{.*}} : vector<8xf32>
// CHECK: llvm.intr.masked.load
// CHECK-COUNT-20: math.fma
// CHECK-COUNT-5: llvm.intr.masked.store
// CHECK-NOT: call
// CHECK: return
// STRICT-LABEL: func.func private @dot_general(
func.func @rows(%a: tensor<9x5x5xf32>, %b: tensor<9x5x5xf32>) -> tensor<9x5x5xf32> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [2] x [1] : (tensor<9x5x5xf32>, tensor<9x5x5xf32>) -> tensor<9x5x5xf32>
  return %0 : tensor<9x5x5xf32>
}

// -----

// A matrix times a vector: squares are transposed, the last one begins earlier, and lanes are rows. The shared routine
// takes a dot product here, whose lanes are added pairwise: six sums, five additions. Not so under policy strict.
// CHECK-LABEL: func.func private @dot_general(
// CHECK-COUNT-8: vector.shuffle {{.*}} : vector<8xf32>
// CHECK-COUNT-6: math.fma {{.*}}, %[[ZERO:.*]] : vector<8xf32>
// CHECK-COUNT-5: arith.addf {{.*}} : vector<8xf32>
// CHECK: llvm.intr.masked.store
// CHECK-NOT: call
// CHECK: return
// STRICT-LABEL: func.func private @dot_general(
// STRICT-COUNT-6: arith.addf {{.*}} : vector<8xf32>
// STRICT-NOT: arith.addf {{.*}} : vector<8xf32>
// STRICT: return
func.func @vector(%a: tensor<?x6x6xf32>, %b: tensor<?x6xf32>) -> tensor<?x6xf32> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [2] x [1] : (tensor<?x6x6xf32>, tensor<?x6xf32>) -> tensor<?x6xf32>
  return %0 : tensor<?x6xf32>
}

// -----

// What stands behind a product is computed row by row.
// CHECK-LABEL: func.func private @dot_general_add(
// CHECK: scf.for
// CHECK: scf.for
// CHECK-COUNT-7: math.fma {{.*}} : vector<16xf32>
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK: llvm.store
// CHECK-NOT: call
// CHECK: return
func.func @behind(%a: tensor<9x6x7xf32>, %b: tensor<9x7x16xf32>, %c: tensor<9x6x16xf32>) -> tensor<9x6x16xf32> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [2] x [1] : (tensor<9x6x7xf32>, tensor<9x7x16xf32>) -> tensor<9x6x16xf32>
  %1 = etch.add %0, %c : tensor<9x6x16xf32>
  return %1 : tensor<9x6x16xf32>
}

// -----

// Products of vectors: lanes are products, and so they are of what stands behind them. The lines of the last ones, which
// are fewer than lanes, are some once more.
// CHECK-LABEL: func.func private @dot_general_neg(
// CHECK: scf.for
// CHECK-COUNT-6: math.fma {{.*}} : vector<16xf32>
// CHECK: arith.negf {{.*}} : vector<16xf32>
// CHECK: llvm.store
// CHECK: scf.if
// CHECK: arith.minsi
// CHECK-COUNT-6: math.fma {{.*}} : vector<16xf32>
// CHECK: llvm.intr.masked.store
// CHECK-NOT: call
// CHECK: return
func.func @vectors(%a: tensor<100x6xf32>, %b: tensor<100x6xf32>) -> tensor<100xf32> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [1] x [1] : (tensor<100x6xf32>, tensor<100x6xf32>) -> tensor<100xf32>
  %1 = etch.neg %0 : tensor<100xf32>
  return %1 : tensor<100xf32>
}

// -----

// A longer matrix times a vector: whole vectors of lanes, then what is left under a mask.
// CHECK-LABEL: func.func private @dot_general(
// CHECK: scf.for
// CHECK-COUNT-3: math.fma {{.*}} : vector<16xf32>
// CHECK: llvm.store
// CHECK-COUNT-3: math.fma {{.*}} : vector<16xf32>
// CHECK: llvm.intr.masked.store
// CHECK-NOT: call
// CHECK: return
func.func @long(%a: tensor<9x3x29xf32>, %b: tensor<9x3xf32>) -> tensor<9x29xf32> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [1] x [1] : (tensor<9x3x29xf32>, tensor<9x3xf32>) -> tensor<9x29xf32>
  return %0 : tensor<9x29xf32>
}

// -----

// More lines than stay in registers are read again for every few rows.
// CHECK-LABEL: func.func private @dot_general(
// CHECK: scf.for
// CHECK: scf.for
// CHECK: llvm.load {{.*}} vector<16xf32>
// CHECK: llvm.intr.masked.load
// CHECK-COUNT-160: math.fma
// CHECK-NOT: call
// CHECK: return
func.func @in_place(%a: tensor<9x20x20xf32>, %b: tensor<9x20x20xf32>) -> tensor<9x20x20xf32> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [2] x [1] : (tensor<9x20x20xf32>, tensor<9x20x20xf32>) -> tensor<9x20x20xf32>
  return %0 : tensor<9x20x20xf32>
}

// -----

// Longer axes are the shared routine's.
// CHECK-LABEL: func.func private @dot_general(
// CHECK: call @
func.func @larger(%a: tensor<9x5x25xf32>, %b: tensor<9x25x5xf32>) -> tensor<9x5x5xf32> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [2] x [1] : (tensor<9x5x25xf32>, tensor<9x25x5xf32>) -> tensor<9x5x5xf32>
  return %0 : tensor<9x5x5xf32>
}

// -----

// So are few products, which gain less than their code takes to compile.
// CHECK-LABEL: func.func private @dot_general(
// CHECK: call @
func.func @few(%a: tensor<7x5x5xf32>, %b: tensor<7x5x5xf32>) -> tensor<7x5x5xf32> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [2] x [1] : (tensor<7x5x5xf32>, tensor<7x5x5xf32>) -> tensor<7x5x5xf32>
  return %0 : tensor<7x5x5xf32>
}
