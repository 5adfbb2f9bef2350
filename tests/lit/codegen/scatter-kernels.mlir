// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Single elements are computed in vectors, which lie in memory while they are added one by one.
// CHECK-LABEL: func.func private @scatter_add
// CHECK: %[[LINE:.*]] = llvm.alloca
// CHECK: scf.for
// CHECK: %[[UPDATES:.*]] = arith.mulf {{.*}} : vector<16xf32>
// CHECK: llvm.store %[[UPDATES]], %[[LINE]]
// CHECK: scf.for
// CHECK: llvm.getelementptr %[[LINE]]
// CHECK: arith.addf {{.*}} : f32
func.func @elements(%t: tensor<50xf32>, %w: tensor<64xf32>, %i: tensor<64xi32>, %j: tensor<64xi32>) -> tensor<50xf32> {
  %0 = etch.constant dense<0.0> : tensor<50xf32>
  %1 = etch.take %t, %i axis = 0 : (tensor<50xf32>, tensor<64xi32>) -> tensor<64xf32>
  %2 = etch.mul %1, %w : tensor<64xf32>
  %3 = etch.scatter_add %0, %j, %2 axis = 0 : (tensor<50xf32>, tensor<64xi32>, tensor<64xf32>) -> tensor<50xf32>
  return %3 : tensor<50xf32>
}

// -----

// Rows: all of them one after the other, or those of a part of the table, which are listed first.
// CHECK-LABEL: func.func private @scatter_add
// CHECK: %[[LIST:.*]] = llvm.alloca
// CHECK: scf.if
// CHECK: scf.for
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK: } else {
// CHECK: scf.for
// CHECK: scf.for
// CHECK: llvm.store {{.*}} : i64, !llvm.ptr
// CHECK: arith.extui
// CHECK: scf.for
// CHECK: arith.addf {{.*}} : vector<16xf32>
func.func @rows(%t: tensor<50x64xf32>, %i: tensor<9000xi32>, %j: tensor<9000xi32>) -> tensor<50x64xf32> {
  %0 = etch.constant dense<0.0> : tensor<50x64xf32>
  %1 = etch.take %t, %i axis = 0 : (tensor<50x64xf32>, tensor<9000xi32>) -> tensor<9000x64xf32>
  %2 = etch.scatter_add %0, %j, %1 axis = 0 : (tensor<50x64xf32>, tensor<9000xi32>, tensor<9000x64xf32>) -> tensor<50x64xf32>
  return %2 : tensor<50x64xf32>
}

// -----

// Shorter rows are the work of one task, however many they are.
// CHECK-LABEL: func.func private @scatter_add
// CHECK-SAME: etch.ranges = 50 : i64
// CHECK-NOT: alloca
// CHECK: return
func.func @short(%i: tensor<9000xi32>, %u: tensor<9000x32xf32>) -> tensor<50x32xf32> {
  %0 = etch.constant dense<0.0> : tensor<50x32xf32>
  %1 = etch.scatter_add %0, %i, %u axis = 0 : (tensor<50x32xf32>, tensor<9000xi32>, tensor<9000x32xf32>) -> tensor<50x32xf32>
  return %1 : tensor<50x32xf32>
}

// -----

// So few rows are the work of one task, which lists none.
// CHECK-LABEL: func.func private @scatter_add
// CHECK-NOT: alloca
// CHECK: return
func.func @few(%t: tensor<50x64xf32>, %i: tensor<64xi32>, %j: tensor<64xi32>) -> tensor<50x64xf32> {
  %0 = etch.constant dense<0.0> : tensor<50x64xf32>
  %1 = etch.take %t, %i axis = 0 : (tensor<50x64xf32>, tensor<64xi32>) -> tensor<64x64xf32>
  %2 = etch.scatter_add %0, %j, %1 axis = 0 : (tensor<50x64xf32>, tensor<64xi32>, tensor<64x64xf32>) -> tensor<50x64xf32>
  return %2 : tensor<50x64xf32>
}

// -----

// What is left of a row is added in pieces without masks, which the next index may read at once. A table that stays in
// the cache is not fetched.
// CHECK-LABEL: func.func private @scatter_add
// CHECK-NOT: llvm.intr.prefetch
// CHECK-NOT: masked
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK: arith.addf {{.*}} : vector<4xf32>
// CHECK: arith.addf {{.*}} : vector<2xf32>
// CHECK: arith.addf {{.*}} : f32
// CHECK-NOT: masked
// CHECK: return
func.func @pieces(%u: tensor<64x23xf32>, %j: tensor<64xi32>) -> tensor<50x23xf32> {
  %0 = etch.constant dense<0.0> : tensor<50x23xf32>
  %1 = etch.scatter_add %0, %j, %u axis = 0 : (tensor<50x23xf32>, tensor<64xi32>, tensor<64x23xf32>) -> tensor<50x23xf32>
  return %1 : tensor<50x23xf32>
}

// -----

// Pieces of what is computed are pieces of one vector. A table that is larger than half of the L2 cache is fetched.
// CHECK-LABEL: func.func private @scatter_add
// CHECK: llvm.intr.prefetch
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK: %[[REST:.*]] = arith.mulf {{.*}} : vector<16xf32>
// CHECK: vector.shuffle %[[REST]], %[[REST]] [0, 1, 2, 3, 4, 5, 6, 7]
// CHECK: vector.extract %[[REST]][8]
// CHECK: return
func.func @computed_pieces(%t: tensor<9000x25xf32>, %w: tensor<64x25xf32>, %i: tensor<64xi32>, %j: tensor<64xi32>) -> tensor<9000x25xf32> {
  %0 = etch.constant dense<0.0> : tensor<9000x25xf32>
  %1 = etch.take %t, %i axis = 0 : (tensor<9000x25xf32>, tensor<64xi32>) -> tensor<64x25xf32>
  %2 = etch.mul %1, %w : tensor<64x25xf32>
  %3 = etch.scatter_add %0, %j, %2 axis = 0 : (tensor<9000x25xf32>, tensor<64xi32>, tensor<64x25xf32>) -> tensor<9000x25xf32>
  return %3 : tensor<9000x25xf32>
}
