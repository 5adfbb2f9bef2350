// Rows of few elements: sixteen side by side, a vector for each column.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Four lines are taken apart by two shuffles each, the elements added up as in longer rows, 0 + 2 and 1 + 3, and the
// quotients put together again. Nothing is folded across lanes.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK: scf.for
// CHECK-COUNT-4: llvm.load {{.*}} -> vector<16xf32>
// CHECK-COUNT-8: vector.shuffle
// CHECK: %[[A:.*]] = arith.addf
// CHECK: %[[B:.*]] = arith.addf
// CHECK: %[[C:.*]] = arith.addf
// CHECK: %[[D:.*]] = arith.addf
// CHECK: %[[AC:.*]] = arith.addf %[[A]], %[[C]]
// CHECK: %[[BD:.*]] = arith.addf %[[B]], %[[D]]
// CHECK: %[[SUM:.*]] = arith.addf %[[AC]], %[[BD]]
// CHECK-NOT: vector.extract
// CHECK: arith.divf
// CHECK-COUNT-8: vector.shuffle
// CHECK-COUNT-4: llvm.store {{.*}} : vector<16xf32>
// CHECK-NOT: masked
// CHECK: return
func.func @shares(%x: tensor<4096x4xf32>) -> tensor<4096x4xf32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<4096x4xf32>) -> tensor<4096xf32>
  %1 = etch.broadcast_in_dim %0 shape = [4096, 4] dims = [0] : (tensor<4096xf32>) -> tensor<4096x4xf32>
  %2 = etch.div %x, %1 : tensor<4096x4xf32>
  return %2 : tensor<4096x4xf32>
}

// -----

// The rows that are left over of all 4020 are masked.
// CHECK-LABEL: func.func private @argmax
// CHECK-COUNT-3: llvm.load {{.*}} -> vector<16xf32>
// CHECK: llvm.store {{.*}} : vector<16xi64>
// CHECK-COUNT-3: llvm.intr.masked.load {{.*}} -> vector<16xf32>
// CHECK: llvm.intr.masked.store {{.*}} : vector<16xi64>
// CHECK: return
func.func @last_rows(%x: tensor<201x20x3xf32>) -> tensor<201x20xi64> {
  %0 = etch.argmax %x axis = 2 : (tensor<201x20x3xf32>) -> tensor<201x20xi64>
  return %0 : tensor<201x20xi64>
}

// -----

// Few elements are not worth the code: rows go one by one.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK: vector.extract
func.func @few(%x: tensor<1024x4xf32>) -> tensor<1024xf32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<1024x4xf32>) -> tensor<1024xf32>
  return %0 : tensor<1024xf32>
}

// -----

// Blocks of 2 x 2 pixels: a loop over the lines of a block, whose columns are added to columns, and one sum of both at
// the end.
// CHECK-LABEL: func.func private @cast_reduce_sum
// CHECK: %[[SUMS:.*]]:2 = scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-2: llvm.load {{.*}} -> vector<16xi8>
// CHECK-COUNT-2: vector.shuffle
// CHECK: scf.yield
// CHECK: %[[SUM:.*]] = arith.addf %[[SUMS]]#0, %[[SUMS]]#1 : vector<16xf32>
// CHECK: llvm.store %[[SUM]], {{.*}} : vector<16xf32>
// CHECK-NOT: masked
// CHECK: return
func.func @blocks(%x: tensor<108x192xui8>) -> tensor<54x96xf32> {
  %0 = etch.cast %x {dtype = f32} : (tensor<108x192xui8>) -> tensor<108x192xf32>
  %1 = etch.reshape %0 shape = [54, 2, 96, 2] : (tensor<108x192xf32>) -> tensor<54x2x96x2xf32>
  %2 = etch.reduce_sum %1 axes = [1, 3] : (tensor<54x2x96x2xf32>) -> tensor<54x96xf32>
  return %2 : tensor<54x96xf32>
}

// -----

// Of three channels: six columns of sixteen pairs of pixels, three results each.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK: %[[SUMS:.*]]:3 = scf.for
// CHECK-COUNT-6: llvm.load {{.*}} -> vector<16xf32>
// CHECK: scf.yield
// CHECK-COUNT-3: llvm.store {{.*}} : vector<16xf32>
// CHECK-NOT: masked
// CHECK: return
func.func @channels(%x: tensor<54x2x96x2x3xf32>) -> tensor<54x96x3xf32> {
  %0 = etch.reduce_sum %x axes = [1, 3] : (tensor<54x2x96x2x3xf32>) -> tensor<54x96x3xf32>
  return %0 : tensor<54x96x3xf32>
}

// -----

// Not where the second sum waits for the first one.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK: masked
func.func @in_steps(%x: tensor<54x2x96x2xf32>) -> tensor<54x96xf32> {
  %0 = etch.reduce_sum %x axes = [1, 3] : (tensor<54x2x96x2xf32>) -> tensor<54x96xf32>
  %1 = etch.broadcast_in_dim %0 shape = [54, 2, 96, 2] dims = [0, 2] : (tensor<54x96xf32>) -> tensor<54x2x96x2xf32>
  %2 = etch.sub %x, %1 : tensor<54x2x96x2xf32>
  %3 = etch.mul %2, %2 : tensor<54x2x96x2xf32>
  %4 = etch.reduce_sum %3 axes = [1, 3] : (tensor<54x2x96x2xf32>) -> tensor<54x96xf32>
  return %4 : tensor<54x96xf32>
}
