// Ops that move elements are copied into the kernels that read them, also from inside regions; what they read in turn must
// then be in memory, and a copy that one place needs in memory must not be used by another place that comes before it.
// RUN: etch-opt %s --stop-after=fused --split-input-file | FileCheck %s

// The region reads %r, which reads %n: the kernel that computes %n hands it out.
// CHECK-LABEL: func.func @lazy_read_in_region
// CHECK: %[[N:.*]]:2 = etch.launch @{{.*}}(%arg0)
// CHECK: etch.for
// CHECK: etch.launch @{{.*}}(%{{.*}}, %[[N]]#{{[01]}})
func.func @lazy_read_in_region(%x: tensor<4xf32>, %n: tensor<i64>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = etch.neg %x : tensor<4xf32>
  %1 = etch.exp %0 : tensor<4xf32>
  %2 = etch.reverse %0 axes = [0] : (tensor<4xf32>) -> tensor<4xf32>
  %lower = etch.constant dense<0> : tensor<i64>
  %3 = etch.for %lower to %n (%x) : (tensor<i64>, tensor<i64>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %c: tensor<4xf32>):
    %4 = etch.add %c, %2 : tensor<4xf32>
    etch.yield %4 : tensor<4xf32>
  }
  return %1, %3 : tensor<4xf32>, tensor<4xf32>
}

// -----

// Both branches need the transposed matrix in memory: each makes its own.
// CHECK-LABEL: func.func @in_memory_in_both_branches
// CHECK: etch.if
// CHECK: %[[A:.*]] = etch.launch @transpose(%arg1)
// CHECK: etch.launch @dynamic_update_slice(%[[A]],
// CHECK: else
// CHECK: %[[B:.*]] = etch.launch @transpose(%arg1)
// CHECK: etch.launch @dynamic_update_slice(%[[B]],
func.func @in_memory_in_both_branches(%p: tensor<i1>, %x: tensor<3x4xf32>, %u: tensor<1x1xf32>, %v: tensor<1x1xf32>, %i: tensor<i64>) -> tensor<4x3xf32> {
  %t = etch.transpose %x permutation = [1, 0] : (tensor<3x4xf32>) -> tensor<4x3xf32>
  %r = etch.if %p : (tensor<i1>) -> tensor<4x3xf32> {
    %0 = etch.dynamic_update_slice %t, %u starts %i, %i : (tensor<4x3xf32>, tensor<1x1xf32>, tensor<i64>, tensor<i64>) -> tensor<4x3xf32>
    etch.yield %0 : tensor<4x3xf32>
  } else {
    %0 = etch.dynamic_update_slice %t, %v starts %i, %i : (tensor<4x3xf32>, tensor<1x1xf32>, tensor<i64>, tensor<i64>) -> tensor<4x3xf32>
    etch.yield %0 : tensor<4x3xf32>
  }
  return %r : tensor<4x3xf32>
}

// -----

// In memory from the update on; the branch before it computes its own copy.
// CHECK-LABEL: func.func @in_memory_after_a_region
// CHECK: etch.if
// CHECK: etch.launch @{{.*}}(%arg1)
// CHECK: %[[T:.*]] = etch.launch @transpose(%arg1)
// CHECK: etch.launch @dynamic_update_slice(%[[T]],
func.func @in_memory_after_a_region(%p: tensor<i1>, %x: tensor<3x4xf32>, %u: tensor<1x1xf32>, %i: tensor<i64>) -> (tensor<4x3xf32>, tensor<4x3xf32>) {
  %t = etch.transpose %x permutation = [1, 0] : (tensor<3x4xf32>) -> tensor<4x3xf32>
  %r = etch.if %p : (tensor<i1>) -> tensor<4x3xf32> {
    %0 = etch.exp %t : tensor<4x3xf32>
    etch.yield %0 : tensor<4x3xf32>
  } else {
    %0 = etch.neg %t : tensor<4x3xf32>
    etch.yield %0 : tensor<4x3xf32>
  }
  %s = etch.dynamic_update_slice %t, %u starts %i, %i : (tensor<4x3xf32>, tensor<1x1xf32>, tensor<i64>, tensor<i64>) -> tensor<4x3xf32>
  return %r, %s : tensor<4x3xf32>, tensor<4x3xf32>
}
