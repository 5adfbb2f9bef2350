// Where values live: slots of the arena, or -1 - r for the memory of result r.
// RUN: etch-opt %s --etch-form-kernels --etch-plan-buffers --split-input-file | FileCheck %s

// Contractions cannot write over what they read: two places taken in turn. Elementwise kernels write over what dies with them.
// CHECK-LABEL: func.func @memory_is_reused
// CHECK-SAME: etch.arena_bytes = 128 : i64, etch.num_slots = 3 : i64, etch.slot_offsets = array<i64: 0, 64, 0>
// CHECK: slots = [0]
// CHECK: slots = [1]
// CHECK: slots = [2]
// CHECK: etch.launch @add({{.*}}) slots = [2]
// CHECK: slots = [-1]
func.func @memory_is_reused(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = etch.dot_general %0, %x batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = etch.dot_general %1, %x batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %t = etch.transpose %x permutation = [1, 0] : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %3 = etch.add %2, %t : tensor<4x4xf32>
  %4 = etch.dot_general %3, %x batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %4 : tensor<4x4xf32>
}

// -----

// Slots are packed by lifetime: two small values lie side by side where a large one was, and none of them over a value that is alive.
// CHECK-LABEL: func.func @small_in_place_of_large
// CHECK-SAME: etch.arena_bytes = 192 : i64, etch.num_slots = 5 : i64, etch.slot_offsets = array<i64: 0, 128, 0, 64, 128>
// CHECK: etch.launch {{.*}} slots = [0] : {{.*}} -> tensor<4x8xf32>
// CHECK: etch.launch {{.*}} slots = [1] : {{.*}} -> tensor<4x4xf32>
// CHECK: etch.launch {{.*}} slots = [2]
// CHECK: etch.launch {{.*}} slots = [3]
// CHECK: etch.launch {{.*}} slots = [4]
func.func @small_in_place_of_large(%x: tensor<4x4xf32>, %w: tensor<4x8xf32>) -> tensor<4x4xf32> {
  %large = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %0 = etch.dot_general %large, %w batch = [] x [] contract = [1] x [1] : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x4xf32>
  %1 = etch.dot_general %0, %x batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = etch.dot_general %0, %x batch = [] x [] contract = [0] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %3 = etch.dot_general %1, %2 batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %4 = etch.dot_general %3, %1 batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %4 : tensor<4x4xf32>
}

// -----

// What runs behind a contraction may not either: the sums lie where its result will.
// CHECK-LABEL: func.func @behind_a_contraction
// CHECK: etch.launch @dot_general(%arg0) slots = [0]
// CHECK: etch.launch @dot_general_add(%arg0, %{{.*}}) slots = [1]
// CHECK: slots = [-1]
func.func @behind_a_contraction(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  %1 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [1] : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  %2 = etch.add %0, %1 : tensor<16x16xf32>
  %3 = etch.dot_general %2, %x batch = [] x [] contract = [1] x [0] : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  return %3 : tensor<16x16xf32>
}

// -----

// Read at another place than it is written: not in place. A view keeps the memory alive.
// CHECK-LABEL: func.func @not_in_place
// CHECK: %[[D:.*]] = etch.launch @dot_general(%arg0) slots = [0]
// CHECK: etch.launch @add(%[[D]]) slots = [-1]
// CHECK: %[[V:.*]] = etch.reshape %[[D]]
// CHECK: etch.launch @exp(%[[V]]) slots = [-2]
func.func @not_in_place(%x: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<16xf32>) {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = etch.transpose %0 permutation = [1, 0] : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = etch.add %0, %1 : tensor<4x4xf32>
  %3 = etch.reshape %0 shape = [16] : (tensor<4x4xf32>) -> tensor<16xf32>
  %4 = etch.exp %3 : tensor<16xf32>
  return %2, %4 : tensor<4x4xf32>, tensor<16xf32>
}

// -----

// A variable is written in its own memory when nobody reads the old value any more ...
// CHECK-LABEL: func.func @variable_in_place
// CHECK: etch.launch @sub(%arg1, %arg0) slots = [-1]
func.func @variable_in_place(%d: tensor<4xf32>, %v: tensor<4xf32> {etch.kind = "variable"}) -> (tensor<4xf32> {etch.updates = 1 : i64}) {
  %0 = etch.sub %v, %d : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// ... which a result that shows it does ...
// CHECK-LABEL: func.func @old_value_is_a_result
// CHECK: etch.launch @sub(%arg1, %arg0) slots = [0]
func.func @old_value_is_a_result(%d: tensor<4xf32>, %v: tensor<4xf32> {etch.kind = "variable"}) -> (tensor<4xf32>, tensor<4xf32> {etch.updates = 1 : i64}) {
  %0 = etch.sub %v, %d : tensor<4xf32>
  return %v, %0 : tensor<4xf32>, tensor<4xf32>
}

// -----

// ... and when nothing can fail any more: a call that throws changes no variable.
// CHECK-LABEL: func.func @can_fail
// CHECK-SAME: etch.can_fail
// CHECK: etch.launch @sub_reduce_sum(%arg1, %arg0) slots = [0, 1]
func.func @can_fail(%d: tensor<4xf32>, %v: tensor<4xf32> {etch.kind = "variable"}) -> (tensor<4xf32> {etch.updates = 1 : i64}) {
  %0 = etch.sub %v, %d : tensor<4xf32>
  %1 = etch.reduce_sum %0 axes = [0] : (tensor<4xf32>) -> tensor<f32>
  etch.print "{}"(%1) : tensor<f32>
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @cannot_fail_any_more
// CHECK-SAME: etch.can_fail
// CHECK: etch.launch @sub(%arg1, %arg0) slots = [-1]
func.func @cannot_fail_any_more(%d: tensor<4xf32>, %v: tensor<4xf32> {etch.kind = "variable"}, %p: tensor<i1>) -> (tensor<4xf32> {etch.updates = 1 : i64}) {
  etch.check %p, "no" : tensor<i1>
  %0 = etch.sub %v, %d : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Sums that a kernel keeps beside its results have a slot, as long as it runs: four parts of the keys, of which the
// first one's sum is in the result.
// CHECK-LABEL: func.func @partial_sums
// CHECK-SAME: etch.arena_bytes = 98304 : i64
// CHECK: etch.launch @dot_product_attention_gradient({{.*}}) slots = [-1, 0]
// CHECK: func.func private @dot_product_attention_gradient
// CHECK-SAME: etch.partials = 98304 : i64
func.func @partial_sums(%q: tensor<1x1024x8xf32>, %k: tensor<1x1024x8xf32>, %v: tensor<1x1024x8xf32>, %g: tensor<1x1024x8xf32>, %l: tensor<1x1024xf32>) -> tensor<1x1024x8xf32> {
  %a, %b, %c = etch.dot_product_attention_gradient %q, %k, %v of %g, %l, %l causal = 0
    : (tensor<1x1024x8xf32>, tensor<1x1024x8xf32>, tensor<1x1024x8xf32>, tensor<1x1024x8xf32>, tensor<1x1024xf32>, tensor<1x1024xf32>)
      -> (tensor<1x1024x8xf32>, tensor<1x1024x8xf32>, tensor<1x1024x8xf32>)
  return %a : tensor<1x1024x8xf32>
}

// -----

// Of an unknown number of keys it is sized by the call, as other slots are.
// CHECK-LABEL: func.func @unknown_partial_sums
// CHECK-NOT: etch.arena_bytes
// CHECK: etch.launch @dot_product_attention_gradient({{.*}}) slots = [-1, 0]
// CHECK: func.func private @dot_product_attention_gradient
// CHECK-SAME: etch.partials = -1 : i64
func.func @unknown_partial_sums(%q: tensor<1x?x8xf32>, %k: tensor<1x?x8xf32>, %v: tensor<1x?x8xf32>, %g: tensor<1x?x8xf32>, %l: tensor<1x?xf32>) -> tensor<1x?x8xf32> {
  %a, %b, %c = etch.dot_product_attention_gradient %q, %k, %v of %g, %l, %l causal = 0
    : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?xf32>, tensor<1x?xf32>)
      -> (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>)
  return %a : tensor<1x?x8xf32>
}

// -----

// Carried values: the body writes the next value over the present one; an update happens in place.
// CHECK-LABEL: func.func @carried_in_place
// CHECK: etch.for {{.*}} attributes {etch.slots = array<i64: 0, 1, 2>}
// CHECK: etch.launch @mul({{.*}}) slots = [1]
// CHECK: etch.launch @dynamic_update_slice({{.*}}) slots = [2]
func.func @carried_in_place(%lower: tensor<i64>, %n: tensor<i64>, %x: tensor<17xf32>, %y: tensor<17xf32>, %u: tensor<1xf32>) -> (tensor<17xf32>, tensor<17xf32>) {
  %0:2 = etch.for %lower to %n (%x, %y) : (tensor<i64>, tensor<i64>, tensor<17xf32>, tensor<17xf32>) -> (tensor<17xf32>, tensor<17xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<17xf32>, %b: tensor<17xf32>):
    %1 = etch.mul %a, %x : tensor<17xf32>
    %2 = etch.dynamic_update_slice %b, %u starts %i : (tensor<17xf32>, tensor<1xf32>, tensor<i64>) -> tensor<17xf32>
    etch.yield %1, %2 : tensor<17xf32>, tensor<17xf32>
  }
  return %0#0, %0#1 : tensor<17xf32>, tensor<17xf32>
}

// -----

// The present value is read by what makes the next one: they have two places, which they take in turn.
// CHECK-LABEL: func.func @carried_read_later
// CHECK: etch.for {{.*}} attributes {etch.slots = array<i64: 0, 1>, etch.turns = array<i64: 3>}
// CHECK: %[[M:.*]] = etch.launch @dot_general(%[[A:.*]], %arg2) slots = [2]
// CHECK: etch.launch @dot_general(%[[M]], %[[A]]) slots = [3]
func.func @carried_read_later(%lower: tensor<i64>, %n: tensor<i64>, %x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = etch.for %lower to %n (%x) : (tensor<i64>, tensor<i64>, tensor<8x8xf32>) -> tensor<8x8xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<8x8xf32>):
    %1 = etch.dot_general %a, %x batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    %2 = etch.dot_general %1, %a batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    etch.yield %2 : tensor<8x8xf32>
  }
  return %0 : tensor<8x8xf32>
}

// -----

// A value from before a loop that the body reads lives until the loop has ended.
// CHECK-LABEL: func.func @read_in_a_loop
// CHECK: %[[D:.*]] = etch.launch @dot_general(%arg2) slots = [0]
// CHECK: etch.for {{.*}} attributes {etch.slots = array<i64: 1, 2>, etch.turns = array<i64: 3>}
// CHECK: etch.launch @dot_general_0({{.*}}) slots = [3]
func.func @read_in_a_loop(%lower: tensor<i64>, %n: tensor<i64>, %x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = etch.for %lower to %n (%x) : (tensor<i64>, tensor<i64>, tensor<8x8xf32>) -> tensor<8x8xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<8x8xf32>):
    %2 = etch.dot_general %a, %0 batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    etch.yield %2 : tensor<8x8xf32>
  }
  return %1 : tensor<8x8xf32>
}

// -----

// Unknown extents: no offsets yet; values of one type share a slot.
// CHECK-LABEL: func.func @unknown_extents
// CHECK-SAME: etch.num_slots = 2
// CHECK-NOT: etch.slot_offsets
// CHECK: slots = [0]
// CHECK: slots = [1]
// CHECK: slots = [0]
// CHECK: slots = [-1]
func.func @unknown_extents(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %1 = etch.dot_general %0, %x batch = [] x [] contract = [1] x [0] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %2 = etch.dot_general %1, %x batch = [] x [] contract = [1] x [0] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %3 = etch.dot_general %2, %x batch = [] x [] contract = [1] x [0] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %3 : tensor<?x?xf32>
}

// -----

// What goes round may lie in any place of its circle when the loop is over: no later value may lie in one of them while
// one result is still read. The product lies where the counter was.
// CHECK-LABEL: func.func @one_of_two_that_change_places
// CHECK-SAME: etch.slot_offsets = array<i64: 512, 0, 256, 512>
// CHECK: etch.for {{.*}} attributes {etch.slots = array<i64: 0, 1, 2>}
// CHECK: etch.launch @dot_general({{.*}}) slots = [3]
func.func @one_of_two_that_change_places(%lower: tensor<i64>, %n: tensor<i64>, %x: tensor<8x8xf32>, %y: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %0:2 = etch.for %lower to %n (%x, %y) : (tensor<i64>, tensor<i64>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<8x8xf32>, %b: tensor<8x8xf32>):
    etch.yield %b, %a : tensor<8x8xf32>, tensor<8x8xf32>
  }
  %1 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %2 = etch.dot_general %1, %1 batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %3 = etch.dot_general %2, %0#0 batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %3, %2 : tensor<8x8xf32>, tensor<8x8xf32>
}
