// Memory of what runs side by side: strands share none of it, and overwrite only what no other strand reads.
// RUN: etch-opt %s --etch-form-kernels --etch-form-strands=all --etch-plan-buffers --split-input-file | FileCheck %s

// Within a strand memory is reused as ever: three products need two places. The other strand has two of its own.
// CHECK-LABEL: func.func @of_each_strand
// CHECK-SAME: etch.arena_bytes = 256 : i64, etch.num_slots = 4 : i64, etch.slot_offsets = array<i64: [[A:[0-9]+, [0-9]+, [0-9]+, [0-9]+]]>
// CHECK-COUNT-3: {etch.strand = array<i64: 0, 0>}
// CHECK-COUNT-3: {etch.strand = array<i64: 0, 1>}
func.func @of_each_strand(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = etch.dot_general %0, %x batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = etch.dot_general %1, %x batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %3 = etch.dot_general %y, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %4 = etch.dot_general %3, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %5 = etch.dot_general %4, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %2, %5 : tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

// Each variable is overwritten where only its own strand reads the old value.
// CHECK-LABEL: func.func @variables
// CHECK-DAG: etch.launch @mul{{.*}}(%{{.*}}, %arg0) slots = [-1] {etch.strand
// CHECK-DAG: etch.launch @mul{{.*}}(%{{.*}}, %arg1) slots = [-2] {etch.strand
func.func @variables(%a: tensor<8x8xf32> {etch.kind = "variable"}, %b: tensor<8x8xf32> {etch.kind = "variable"}) -> (tensor<8x8xf32> {etch.updates = 0 : i64}, tensor<8x8xf32> {etch.updates = 1 : i64}) {
  %0 = etch.dot_general %a, %a batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %t = etch.transpose %0 permutation = [1, 0] : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = etch.mul %t, %a : tensor<8x8xf32>
  %2 = etch.dot_general %b, %b batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %u = etch.transpose %2 permutation = [1, 0] : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %3 = etch.mul %u, %b : tensor<8x8xf32>
  return %1, %3 : tensor<8x8xf32>, tensor<8x8xf32>
}

// -----

// The other strand reads the variable: its new value waits in the arena until all strands are done.
// CHECK-LABEL: func.func @read_by_another
// CHECK: etch.launch @mul{{.*}}(%{{.*}}, %arg0) slots = [{{[0-9]+}}] {etch.strand
func.func @read_by_another(%a: tensor<8x8xf32> {etch.kind = "variable"}, %b: tensor<8x8xf32>) -> (tensor<8x8xf32> {etch.updates = 0 : i64}, tensor<8x8xf32>) {
  %0 = etch.dot_general %a, %a batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %t = etch.transpose %0 permutation = [1, 0] : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = etch.mul %t, %a : tensor<8x8xf32>
  %2 = etch.dot_general %b, %b batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %3 = etch.dot_general %2, %a batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %1, %3 : tensor<8x8xf32>, tensor<8x8xf32>
}

// -----

// Carried values of a loop, each updated in place by the strand that alone reads it.
// CHECK-LABEL: func.func @carried
// CHECK: etch.for {{.*}} attributes {etch.slots = array<i64: 0, 1, 2>}
// CHECK-DAG: etch.launch @mul{{.*}} slots = [1] {etch.strand
// CHECK-DAG: etch.launch @mul{{.*}} slots = [2] {etch.strand
func.func @carried(%lower: tensor<i64>, %upper: tensor<i64>, %x: tensor<8x8xf32>, %y: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %0:2 = etch.for %lower to %upper (%x, %y) : (tensor<i64>, tensor<i64>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<8x8xf32>, %b: tensor<8x8xf32>):
    %1 = etch.dot_general %a, %a batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    %t = etch.transpose %1 permutation = [1, 0] : (tensor<8x8xf32>) -> tensor<8x8xf32>
    %2 = etch.mul %t, %a : tensor<8x8xf32>
    %3 = etch.dot_general %b, %b batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    %u = etch.transpose %3 permutation = [1, 0] : (tensor<8x8xf32>) -> tensor<8x8xf32>
    %4 = etch.mul %u, %b : tensor<8x8xf32>
    etch.yield %2, %4 : tensor<8x8xf32>, tensor<8x8xf32>
  }
  return %0#0, %0#1 : tensor<8x8xf32>, tensor<8x8xf32>
}
