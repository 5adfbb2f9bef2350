// What runs together.
// RUN: etch-opt %s --etch-form-kernels --split-input-file | FileCheck %s

// Producer and consumer, and a sibling that reads the same values: one kernel.
// CHECK-LABEL: func.func @producer_consumer_sibling
// CHECK-NEXT: %[[K:.*]]:2 = etch.launch @mul_add_sub(%arg0, %arg1, %arg2)
// CHECK-NEXT: return %[[K]]#0, %[[K]]#1
func.func @producer_consumer_sibling(%a: tensor<8xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = etch.mul %a, %b : tensor<8xf32>
  %1 = etch.add %0, %c : tensor<8xf32>
  %2 = etch.sub %a, %b : tensor<8xf32>
  return %1, %2 : tensor<8xf32>, tensor<8xf32>
}

// -----

// d = a * b + c, e = a * b * c after CSE: the product is computed once, in one kernel, and not stored.
// CHECK-LABEL: func.func @shared_product
// CHECK-NEXT: %[[K:.*]]:2 = etch.launch @mul_add_mul(%arg0, %arg1, %arg2)
// CHECK: func.func private @mul_add_mul
// CHECK: %[[P:.*]] = etch.mul %arg0, %arg1
// CHECK: %[[D:.*]] = etch.add %[[P]], %arg2
// CHECK: %[[E:.*]] = etch.mul %[[P]], %arg2
// CHECK: return %[[D]], %[[E]]
func.func @shared_product(%a: tensor<8xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = etch.mul %a, %b : tensor<8xf32>
  %1 = etch.add %0, %c : tensor<8xf32>
  %2 = etch.mul %0, %c : tensor<8xf32>
  return %1, %2 : tensor<8xf32>, tensor<8xf32>
}

// -----

// A reduction takes its producer, its epilogue and what reads both again along the rows: the row is still in the cache.
// CHECK-LABEL: func.func @producer_reduction_epilogue
// CHECK-NEXT: etch.launch @exp_reduce_sum_div_sub(%arg0) : (tensor<8x16xf32>) -> tensor<8x16xf32>
// CHECK: func.func private @exp_reduce_sum_div_sub({{.*}}etch.kernel = "reduce"
func.func @producer_reduction_epilogue(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %0 = etch.exp %x : tensor<8x16xf32>
  %1 = etch.reduce_sum %0 axes = [1] : (tensor<8x16xf32>) -> tensor<8xf32>
  %n = etch.constant dense<16.0> : tensor<8xf32>
  %2 = etch.div %1, %n : tensor<8xf32>
  %3 = etch.broadcast_in_dim %2 shape = [8, 16] dims = [0] : (tensor<8xf32>) -> tensor<8x16xf32>
  %4 = etch.sub %0, %3 : tensor<8x16xf32>
  return %4 : tensor<8x16xf32>
}

// -----

// Reductions of one value over the same axes share a kernel; over other axes they do not.
// CHECK-LABEL: func.func @reductions
// CHECK-NEXT: %[[K:.*]]:3 = etch.launch @exp_reduce_sum_reduce_max(%arg0) : (tensor<8x16xf32>) -> (tensor<8x16xf32>, tensor<8xf32>, tensor<8xf32>)
// CHECK-NEXT: etch.launch @reduce_sum(%[[K]]#0) : (tensor<8x16xf32>) -> tensor<16xf32>
func.func @reductions(%x: tensor<8x16xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<16xf32>) {
  %0 = etch.exp %x : tensor<8x16xf32>
  %1 = etch.reduce_sum %0 axes = [1] : (tensor<8x16xf32>) -> tensor<8xf32>
  %2 = etch.reduce_max %0 axes = [1] : (tensor<8x16xf32>) -> tensor<8xf32>
  %3 = etch.reduce_sum %0 axes = [0] : (tensor<8x16xf32>) -> tensor<16xf32>
  return %1, %2, %3 : tensor<8xf32>, tensor<8xf32>, tensor<16xf32>
}

// -----

// Ops that move elements are copied into each kernel that reads them; a contraction reads memory.
// CHECK-LABEL: func.func @lazy_copies
// CHECK: %[[T:.*]] = etch.launch @transpose(%arg0)
// CHECK: etch.launch @dot_general(%[[T]], %arg1)
// CHECK: func.func private @exp
// CHECK-NEXT: etch.transpose
func.func @lazy_copies(%x: tensor<4x3xf32>, %y: tensor<4x5xf32>) -> (tensor<3x4xf32>, tensor<3x5xf32>) {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<4x3xf32>) -> tensor<3x4xf32>
  %1 = etch.exp %0 : tensor<3x4xf32>
  %2 = etch.dot_general %0, %y batch = [] x [] contract = [1] x [0] : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
  return %1, %2 : tensor<3x4xf32>, tensor<3x5xf32>
}

// -----

// Equal kernels are one. The second may not join the first: its operand is ready later.
// CHECK-LABEL: func.func @equal_kernels
// CHECK-NEXT: %[[A:.*]] = etch.launch @exp_add(%arg0, %arg1)
// CHECK-NEXT: %[[D:.*]] = etch.launch @cumsum(%[[A]])
// CHECK-NEXT: etch.launch @exp_add(%[[D]], %arg1)
// CHECK-COUNT-2: func.func private
// CHECK-NOT: func.func private
func.func @equal_kernels(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = etch.exp %x : tensor<4x4xf32>
  %1 = etch.add %0, %y : tensor<4x4xf32>
  %2 = etch.cumsum %1 axis = 0 exclusive = 0 reverse = 0 : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %3 = etch.exp %2 : tensor<4x4xf32>
  %4 = etch.add %3, %y : tensor<4x4xf32>
  return %4 : tensor<4x4xf32>
}

// -----

// No cycle: the last op reads the first group and a running sum of it, so it stands alone.
// CHECK-LABEL: func.func @no_cycle
// CHECK-NEXT: %[[A:.*]] = etch.launch @exp(%arg0)
// CHECK-NEXT: %[[D:.*]] = etch.launch @cumsum(%[[A]])
// CHECK-NEXT: etch.launch @add(%[[A]], %[[D]])
func.func @no_cycle(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = etch.exp %x : tensor<4x4xf32>
  %1 = etch.cumsum %0 axis = 0 exclusive = 0 reverse = 0 : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = etch.add %0, %1 : tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// -----

// A swap of carried values goes through a copy: places are written one after the other.
// CHECK-LABEL: func.func @swap
// CHECK: ^bb0(%{{.*}}: tensor<i64>, %[[A:.*]]: tensor<17xf32>, %[[B:.*]]: tensor<17xf32>):
// CHECK: %[[Y:.*]] = etch.launch @transpose(%[[B]])
// CHECK: %[[X:.*]] = etch.launch @transpose(%[[A]])
// CHECK: etch.yield %[[Y]], %[[X]]
func.func @swap(%n: tensor<i64>, %x: tensor<17xf32>, %y: tensor<17xf32>) -> (tensor<17xf32>, tensor<17xf32>) {
  %0:2 = etch.for %n to %n (%x, %y) : (tensor<i64>, tensor<i64>, tensor<17xf32>, tensor<17xf32>) -> (tensor<17xf32>, tensor<17xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<17xf32>, %b: tensor<17xf32>):
    etch.yield %b, %a : tensor<17xf32>, tensor<17xf32>
  }
  return %0#0, %0#1 : tensor<17xf32>, tensor<17xf32>
}
