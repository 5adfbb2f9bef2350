// Extrema of rows of a little more than a vector: sixteen rows side by side, a column a vector.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Squares of four by four are turned; then a loop over columns compares full vectors, and nothing is folded across lanes.
// CHECK-LABEL: func.func private @argmax
// CHECK: scf.for {{.*}} step %c16_i64
// CHECK: scf.for {{.*}} step %c4_i64
// CHECK: scf.for {{.*}} to %c19_i64 step %c4_i64
// CHECK-COUNT-4: llvm.load {{.*}} -> vector<4xf32>
// CHECK-COUNT-8: vector.shuffle {{.*}} : vector<4xf32>
// CHECK-COUNT-4: llvm.store {{.*}} : vector<4xf32>
// Four running results of every fourth column each, and the columns left over.
// CHECK: scf.for {{.*}} to %c16_i64 step %c4_i64 {{.*}} -> (vector<16xf32>, vector<16xi32>, vector<16xf32>, vector<16xi32>, {{.*}})
// CHECK: scf.for {{.*}} to %c19_i64 {{.*}} -> (vector<16xf32>, vector<16xi32>)
// CHECK-NOT: gather
// CHECK-NOT: vector.shuffle
// CHECK-NOT: vector.extract
// CHECK: llvm.intr.masked.store {{.*}} : vector<16xi64>
// CHECK: return
func.func @argmax(%x: tensor<1001x19xf32>) -> tensor<1001xi64> {
  %0 = etch.argmax %x axis = 1 : (tensor<1001x19xf32>) -> tensor<1001xi64>
  return %0 : tensor<1001xi64>
}

// -----

// Terms of sums wait in scratch and are added up in the order of longer rows: e with e + 32, + 16, + 8 and so on.
// CHECK-LABEL: func.func private @reduce_max
// CHECK: scf.for {{.*}} to %c19_i64 {{.*}} -> (vector<16xf32>)
// CHECK: scf.for {{.*}} to %c19_i64
// CHECK: arith.subf
// CHECK: llvm.store
// CHECK: scf.for {{.*}} to %c3_i64
// CHECK: scf.for {{.*}} to %c8_i64
// CHECK: scf.for {{.*}} to %c4_i64
// CHECK: scf.for {{.*}} to %c2_i64
// CHECK-NOT: vector.extract
// CHECK: return
func.func @logsumexp(%x: tensor<1001x19xf32>) -> tensor<1001xf32> {
  %0 = etch.reduce_max %x axes = [1] : (tensor<1001x19xf32>) -> tensor<1001xf32>
  %1 = etch.broadcast_in_dim %0 shape = [1001, 19] dims = [0] : (tensor<1001xf32>) -> tensor<1001x19xf32>
  %2 = etch.sub %x, %1 : tensor<1001x19xf32>
  %3 = etch.exp %2 : tensor<1001x19xf32>
  %4 = etch.reduce_sum %3 axes = [1] : (tensor<1001x19xf32>) -> tensor<1001xf32>
  %5 = etch.log %4 : tensor<1001xf32>
  %6 = etch.add %5, %0 : tensor<1001xf32>
  return %6 : tensor<1001xf32>
}

// -----

// Two numbers of a row take twice as long to fold: longer rows.
// CHECK-LABEL: func.func private @reduce_max
// CHECK: scf.for {{.*}} to %c63_i64 {{.*}} -> (vector<16xf32>, vector<16xf32>)
// CHECK-NOT: vector.extract
// CHECK: return
func.func @ranges(%x: tensor<1001x63xf32>) -> (tensor<1001xf32>, tensor<1001xf32>) {
  %0 = etch.reduce_max %x axes = [1] : (tensor<1001x63xf32>) -> tensor<1001xf32>
  %1 = etch.reduce_min %x axes = [1] : (tensor<1001x63xf32>) -> tensor<1001xf32>
  return %0, %1 : tensor<1001xf32>, tensor<1001xf32>
}

// -----

// Elements of eight bytes are gathered.
// CHECK-LABEL: func.func private @argmax
// CHECK: scf.for {{.*}} to %c19_i64 {{.*}} -> (vector<16xf64>, vector<16xi32>)
// CHECK: llvm.intr.masked.gather
// CHECK: return
func.func @wide(%x: tensor<1001x19xf64>) -> tensor<1001xi64> {
  %0 = etch.argmax %x axis = 1 : (tensor<1001x19xf64>) -> tensor<1001xi64>
  return %0 : tensor<1001xi64>
}

// -----

// What is stored at every element would have to be scattered: rows one after the other.
// CHECK-LABEL: func.func private @reduce_max
// CHECK: vector.extract
// CHECK: return
func.func @stored(%x: tensor<1001x19xf32>) -> tensor<1001x19xf32> {
  %0 = etch.reduce_max %x axes = [1] : (tensor<1001x19xf32>) -> tensor<1001xf32>
  %1 = etch.broadcast_in_dim %0 shape = [1001, 19] dims = [0] : (tensor<1001xf32>) -> tensor<1001x19xf32>
  %2 = etch.sub %x, %1 : tensor<1001x19xf32>
  return %2 : tensor<1001x19xf32>
}
