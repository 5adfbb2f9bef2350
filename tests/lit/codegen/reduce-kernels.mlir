// The order in which a reduction combines elements depends on its shape alone.
// RUN: etch-opt %s --stop-after=kernels --strict --split-input-file | FileCheck %s

// Along the vectors: sixteen partial sums, lanes beyond the end left out, then pairwise 8, 4, 2, 1.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK: %[[T:.*]] = llvm.intr.masked.load
// CHECK: %[[V:.*]] = arith.select %{{.*}}, %[[T]], %{{.*}} : vector<16xi1>, vector<16xf32>
// CHECK: arith.addf %{{.*}}, %[[V]] : vector<16xf32>
// CHECK: arith.addf {{.*}} : vector<8xf32>
// CHECK: arith.addf {{.*}} : vector<4xf32>
// CHECK: arith.addf {{.*}} : vector<2xf32>
// CHECK: arith.addf {{.*}} : vector<1xf32>
// CHECK: llvm.store {{.*}} : f32
func.func @rows(%x: tensor<7x40xf32>) -> tensor<7xf32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<7x40xf32>) -> tensor<7xf32>
  return %0 : tensor<7xf32>
}

// -----

// Across the vectors: each lane is a sum of its own, row after row; what lies beyond the end is not stored.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK-NOT: vector<8xf32>
// CHECK: scf.for
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK: llvm.intr.masked.store
// CHECK-NOT: vector<8xf32>
// CHECK: return
func.func @columns(%x: tensor<7x40xf32>) -> tensor<40xf32> {
  %0 = etch.reduce_sum %x axes = [0] : (tensor<7x40xf32>) -> tensor<40xf32>
  return %0 : tensor<40xf32>
}

// -----

// f16 adds up in f32; the epilogue is f16 again.
// CHECK-LABEL: func.func private @reduce_sum_exp
// CHECK: arith.extf {{.*}} : vector<16xf16> to vector<16xf32>
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK: arith.truncf {{.*}} : f32 to f16
func.func @half(%x: tensor<7x16xf16>) -> tensor<7xf16> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<7x16xf16>) -> tensor<7xf16>
  %1 = etch.exp %0 : tensor<7xf16>
  return %1 : tensor<7xf16>
}

// -----

// The producer's values are stored on the way where others need them.
// CHECK-LABEL: func.func private @neg_reduce_max
// CHECK: %[[N:.*]] = arith.negf
// CHECK: llvm.store %[[N]], {{.*}} : vector<16xf32>
// CHECK: vector<8xf32>
func.func @both(%x: tensor<7x16xf32>) -> (tensor<7x16xf32>, tensor<7xf32>) {
  %0 = etch.neg %x : tensor<7x16xf32>
  %1 = etch.reduce_max %0 axes = [1] : (tensor<7x16xf32>) -> tensor<7xf32>
  return %0, %1 : tensor<7x16xf32>, tensor<7xf32>
}

// -----

// An empty axis: the value that changes nothing is stored.
// CHECK-LABEL: func.func private @reduce_prod
// CHECK: dense<1.000000e+00>
// CHECK: llvm.store {{.*}} : f32
func.func @nothing(%x: tensor<7x0xf32>) -> tensor<7xf32> {
  %0 = etch.reduce_prod %x axes = [1] : (tensor<7x0xf32>) -> tensor<7xf32>
  return %0 : tensor<7xf32>
}

// -----

// Eight vectors of columns side by side, what is left one by one: a row from anywhere is read as a whole.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK: scf.for %{{.*}} = %c0_i64 to %c256_i64 step %c128_i64
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK: scf.for {{.*}} -> (vector<16xf32>)
// CHECK: return
func.func @taken(%table: tensor<500x272xf32>, %ids: tensor<40x32xi64>) -> tensor<40x272xf32> {
  %0 = etch.take %table, %ids axis = 0 : (tensor<500x272xf32>, tensor<40x32xi64>) -> tensor<40x32x272xf32>
  %1 = etch.reduce_sum %0 axes = [1] : (tensor<40x32x272xf32>) -> tensor<40x272xf32>
  return %1 : tensor<40x272xf32>
}

// -----

// A sum a column: threads take columns, whole vectors of them, however few there are of so many rows. Rows are read as
// they lie, eight at a time.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK-SAME: etch.grain = 1 : i64, {{.*}}, etch.ranges = 16 : i64, etch.trips = 32 : i64
// CHECK: scf.for %{{.*}} = %arg1
// CHECK: scf.for %{{.*}} = %c0_i64 to %c1000000_i64 step %c8_i64
// CHECK-COUNT-8: arith.addf {{.*}} : vector<16xf32>
// CHECK: return
func.func @few_columns(%x: tensor<1000000x32xf32>) -> tensor<32xf32> {
  %0 = etch.reduce_sum %x axes = [0] : (tensor<1000000x32xf32>) -> tensor<32xf32>
  return %0 : tensor<32xf32>
}
