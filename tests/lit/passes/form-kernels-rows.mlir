// What reads a reduction's results again along the rows runs in the same kernel, in a further pass over each row.
// RUN: etch-opt %s --etch-form-kernels --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @softmax
// CHECK-NEXT: %[[Y:.*]] = etch.launch @reduce_max_sub_exp_reduce_sum_etc(%arg0)
// CHECK-NEXT: return %[[Y]]
func.func @softmax(%x: tensor<64x100xf32>) -> tensor<64x100xf32> {
  %0 = etch.reduce_max %x axes = [1] : (tensor<64x100xf32>) -> tensor<64xf32>
  %1 = etch.broadcast_in_dim %0 shape = [64, 100] dims = [0] : (tensor<64xf32>) -> tensor<64x100xf32>
  %2 = etch.sub %x, %1 : tensor<64x100xf32>
  %3 = etch.exp %2 : tensor<64x100xf32>
  %4 = etch.reduce_sum %3 axes = [1] : (tensor<64x100xf32>) -> tensor<64xf32>
  %5 = etch.broadcast_in_dim %4 shape = [64, 100] dims = [0] : (tensor<64xf32>) -> tensor<64x100xf32>
  %6 = etch.div %3, %5 : tensor<64x100xf32>
  return %6 : tensor<64x100xf32>
}

// -----

// Unknown extents: the value that was reduced tells that the rows are the same.
// CHECK-LABEL: func.func @unknown_extents
// CHECK-COUNT-1: etch.launch
// CHECK-NOT: etch.launch
// CHECK: return
func.func @unknown_extents(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %m = etch.dim %x axis = 0 : (tensor<?x?xf32>) -> tensor<i64>
  %n = etch.dim %x axis = 1 : (tensor<?x?xf32>) -> tensor<i64>
  %0 = etch.reduce_max %x axes = [1] : (tensor<?x?xf32>) -> tensor<?xf32>
  %1 = etch.broadcast_in_dim %0 sizes %m, %n shape = [-1, -1] dims = [0] : (tensor<?xf32>, tensor<i64>, tensor<i64>) -> tensor<?x?xf32>
  %2 = etch.sub %x, %1 : tensor<?x?xf32>
  return %2 : tensor<?x?xf32>
}

// -----

// The broadcast's extents need not be those of the rows, for all that is known: two kernels.
// CHECK-LABEL: func.func @other_extents
// CHECK-COUNT-2: etch.launch
// CHECK: return
func.func @other_extents(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %m = etch.dim %y axis = 0 : (tensor<?x?xf32>) -> tensor<i64>
  %n = etch.dim %y axis = 1 : (tensor<?x?xf32>) -> tensor<i64>
  %0 = etch.reduce_max %x axes = [1] : (tensor<?x?xf32>) -> tensor<?xf32>
  %1 = etch.broadcast_in_dim %0 sizes %m, %n shape = [-1, -1] dims = [0] : (tensor<?xf32>, tensor<i64>, tensor<i64>) -> tensor<?x?xf32>
  %2 = etch.sub %y, %1 : tensor<?x?xf32>
  return %2 : tensor<?x?xf32>
}

// -----

// Along other axes than the kept ones: a square matrix whose row sums are subtracted from its columns.
// CHECK-LABEL: func.func @other_axis
// CHECK-COUNT-2: etch.launch
// CHECK: return
func.func @other_axis(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<16x16xf32>) -> tensor<16xf32>
  %1 = etch.broadcast_in_dim %0 shape = [16, 16] dims = [1] : (tensor<16xf32>) -> tensor<16x16xf32>
  %2 = etch.sub %x, %1 : tensor<16x16xf32>
  return %2 : tensor<16x16xf32>
}

// -----

// Columns are read from memory in every pass, whatever kernel does it.
// CHECK-LABEL: func.func @columns
// CHECK-COUNT-2: etch.launch
// CHECK: return
func.func @columns(%x: tensor<64x100xf32>) -> tensor<64x100xf32> {
  %0 = etch.reduce_max %x axes = [0] : (tensor<64x100xf32>) -> tensor<100xf32>
  %1 = etch.broadcast_in_dim %0 shape = [64, 100] dims = [1] : (tensor<100xf32>) -> tensor<64x100xf32>
  %2 = etch.sub %x, %1 : tensor<64x100xf32>
  return %2 : tensor<64x100xf32>
}

// -----

// Few long rows: each would be passed over again by one thread, from memory.
// CHECK-LABEL: func.func @few_long_rows
// CHECK-COUNT-2: etch.launch
// CHECK: return
func.func @few_long_rows(%x: tensor<2x1000000xf32>) -> tensor<2x1000000xf32> {
  %0 = etch.reduce_max %x axes = [1] : (tensor<2x1000000xf32>) -> tensor<2xf32>
  %1 = etch.broadcast_in_dim %0 shape = [2, 1000000] dims = [0] : (tensor<2xf32>) -> tensor<2x1000000xf32>
  %2 = etch.sub %x, %1 : tensor<2x1000000xf32>
  return %2 : tensor<2x1000000xf32>
}

// -----

// Sum and sum of squares of one value: one kernel reads it once, along whichever axis.
// CHECK-LABEL: func.func @two_sums
// CHECK-NEXT: etch.launch @reduce_sum_mul_reduce_sum(%arg0)
// CHECK-NEXT: return
func.func @two_sums(%x: tensor<64x100xf32>) -> (tensor<100xf32>, tensor<100xf32>) {
  %0 = etch.reduce_sum %x axes = [0] : (tensor<64x100xf32>) -> tensor<100xf32>
  %1 = etch.mul %x, %x : tensor<64x100xf32>
  %2 = etch.reduce_sum %1 axes = [0] : (tensor<64x100xf32>) -> tensor<100xf32>
  return %0, %2 : tensor<100xf32>, tensor<100xf32>
}

// -----

// Two groups that a later op reads, and nothing in between: one kernel.
// CHECK-LABEL: func.func @moved_group
// CHECK-NEXT: etch.launch @exp_neg_add(%arg0, %arg1)
// CHECK-NEXT: return
func.func @moved_group(%x: tensor<64xf32>, %y: tensor<64xf32>) -> tensor<64xf32> {
  %0 = etch.exp %x : tensor<64xf32>
  %1 = etch.neg %y : tensor<64xf32>
  %2 = etch.add %0, %1 : tensor<64xf32>
  return %2 : tensor<64xf32>
}

// -----

// The first group must come before the running sum that reads it, the last op after it.
// CHECK-LABEL: func.func @read_in_between
// CHECK-NEXT: %[[E:.*]] = etch.launch @exp(%arg0)
// CHECK-NEXT: %[[D:.*]] = etch.launch @cumsum(%[[E]])
// CHECK-NEXT: etch.launch @neg_add_add(%[[D]], %[[E]])
func.func @read_in_between(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %0 = etch.exp %x : tensor<16x16xf32>
  %1 = etch.cumsum %0 axis = 0 exclusive = 0 reverse = 0 : (tensor<16x16xf32>) -> tensor<16x16xf32>
  %2 = etch.neg %1 : tensor<16x16xf32>
  %3 = etch.add %2, %0 : tensor<16x16xf32>
  %4 = etch.add %3, %2 : tensor<16x16xf32>
  return %4 : tensor<16x16xf32>
}

// -----

// x - m is computed again by the kernel that folds it, not stored for it: it costs what reading it would.
// CHECK-LABEL: func.func @computed_again
// CHECK: %[[S:.*]] = etch.launch @sub_mul_reduce_sum(%arg0, %arg1) : (tensor<64x100xf32>, tensor<100xf32>) -> tensor<100xf32>
// CHECK: etch.launch @mul(%arg0, %arg1, %[[S]])
// CHECK: func.func private @mul(
// CHECK: etch.sub
// CHECK: etch.mul
func.func @computed_again(%x: tensor<64x100xf32>, %m: tensor<100xf32>) -> tensor<64x100xf32> {
  %0 = etch.broadcast_in_dim %m shape = [64, 100] dims = [1] : (tensor<100xf32>) -> tensor<64x100xf32>
  %1 = etch.sub %x, %0 : tensor<64x100xf32>
  %2 = etch.mul %1, %1 : tensor<64x100xf32>
  %3 = etch.reduce_sum %2 axes = [0] : (tensor<64x100xf32>) -> tensor<100xf32>
  %4 = etch.broadcast_in_dim %3 shape = [64, 100] dims = [1] : (tensor<100xf32>) -> tensor<64x100xf32>
  %5 = etch.mul %1, %4 : tensor<64x100xf32>
  return %5 : tensor<64x100xf32>
}
