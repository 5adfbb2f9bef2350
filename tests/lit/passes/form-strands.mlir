// Which ops of a schedule run side by side.
// RUN: etch-opt %s --etch-form-kernels --etch-form-strands=explain --split-input-file 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=WHY --input-file=%t.remarks

// Two loops that need nothing of each other, and what only one of them reads. What both read comes first, what reads both
// comes last.
// CHECK-LABEL: func.func @two_loops
// CHECK: etch.launch @tanh(%arg0) :
// CHECK: etch.for {{.*}} attributes {etch.strand = array<i64: 0, 0>}
// CHECK-NOT: strand
// CHECK: etch.yield
// CHECK: etch.for {{.*}} attributes {etch.strand = array<i64: 0, 1>}
// CHECK: etch.launch @concatenate({{.*}}) :
// WHY: remark: 2 strands run side by side from here on: about {{[0-9]+}} us on two threads instead of
func.func @two_loops(%x: tensor<32x128xf32>, %v: tensor<128x128xf32>, %w: tensor<128x128xf32>, %lower: tensor<i64>, %upper: tensor<i64>) -> tensor<64x128xf32> {
  %0 = etch.tanh %x : tensor<32x128xf32>
  %1 = etch.for %lower to %upper (%0) : (tensor<i64>, tensor<i64>, tensor<32x128xf32>) -> tensor<32x128xf32> {
  ^bb0(%i: tensor<i64>, %h: tensor<32x128xf32>):
    %4 = etch.dot_general %h, %v batch = [] x [] contract = [1] x [0] : (tensor<32x128xf32>, tensor<128x128xf32>) -> tensor<32x128xf32>
    etch.yield %4 : tensor<32x128xf32>
  }
  %2 = etch.for %lower to %upper (%0) : (tensor<i64>, tensor<i64>, tensor<32x128xf32>) -> tensor<32x128xf32> {
  ^bb0(%i: tensor<i64>, %h: tensor<32x128xf32>):
    %4 = etch.dot_general %h, %w batch = [] x [] contract = [1] x [0] : (tensor<32x128xf32>, tensor<128x128xf32>) -> tensor<32x128xf32>
    etch.yield %4 : tensor<32x128xf32>
  }
  %3 = etch.concatenate %1, %2 axis = 0 : (tensor<32x128xf32>, tensor<32x128xf32>) -> tensor<64x128xf32>
  return %3 : tensor<64x128xf32>
}

// -----

// Kernels wait for each other.
// CHECK-LABEL: func.func @one_after_the_other
// CHECK-NOT: strand
// WHY: remark: nothing runs side by side from here on: about {{[0-9]+}} us on two threads, of which strands would save too little
func.func @one_after_the_other(%x: tensor<96x96xf32>) -> tensor<96x96xf32> {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  %1 = etch.dot_general %0, %x batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  %2 = etch.dot_general %1, %x batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  %3 = etch.dot_general %2, %x batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  return %3 : tensor<96x96xf32>
}

// -----

// They do not, but each of them keeps two threads busy as well as two of them would.
// CHECK-LABEL: func.func @large_enough_alone
// CHECK-NOT: strand
// WHY: remark: nothing runs side by side
func.func @large_enough_alone(%x: tensor<2048x2048xf32>, %y: tensor<2048x2048xf32>) -> (tensor<2048x2048xf32>, tensor<2048x2048xf32>, tensor<2048x2048xf32>) {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<2048x2048xf32>, tensor<2048x2048xf32>) -> tensor<2048x2048xf32>
  %1 = etch.dot_general %y, %x batch = [] x [] contract = [1] x [0] : (tensor<2048x2048xf32>, tensor<2048x2048xf32>) -> tensor<2048x2048xf32>
  %2 = etch.dot_general %y, %y batch = [] x [] contract = [1] x [0] : (tensor<2048x2048xf32>, tensor<2048x2048xf32>) -> tensor<2048x2048xf32>
  return %0, %1, %2 : tensor<2048x2048xf32>, tensor<2048x2048xf32>, tensor<2048x2048xf32>
}

// -----

// Sections in the body of a loop, one of each iteration: the loop itself waits for itself.
// CHECK-LABEL: func.func @in_a_loop
// CHECK: etch.for {{.*}} -> (tensor<96x96xf32>, tensor<96x96xf32>) {
// CHECK: etch.launch {{.*}} {etch.strand = array<i64: 0, [[A:[01]]]>}
// CHECK: etch.launch {{.*}} {etch.strand = array<i64: 0, [[A]]>}
// CHECK: etch.launch {{.*}} {etch.strand = array<i64: 0, [[B:[01]]]>}
// CHECK: etch.launch {{.*}} {etch.strand = array<i64: 0, [[B]]>}
// CHECK: etch.yield
func.func @in_a_loop(%x: tensor<96x96xf32>, %y: tensor<96x96xf32>, %lower: tensor<i64>, %upper: tensor<i64>) -> (tensor<96x96xf32>, tensor<96x96xf32>) {
  %0:2 = etch.for %lower to %upper (%x, %y) : (tensor<i64>, tensor<i64>, tensor<96x96xf32>, tensor<96x96xf32>) -> (tensor<96x96xf32>, tensor<96x96xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<96x96xf32>, %b: tensor<96x96xf32>):
    %1 = etch.dot_general %a, %a batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
    %2 = etch.dot_general %1, %a batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
    %3 = etch.dot_general %b, %b batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
    %4 = etch.dot_general %3, %b batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
    etch.yield %2, %4 : tensor<96x96xf32>, tensor<96x96xf32>
  }
  return %0#0, %0#1 : tensor<96x96xf32>, tensor<96x96xf32>
}

// -----

// Effects stay where they are in program order, and in no strand: what is behind a check does not run before it.
// CHECK-LABEL: func.func @checked
// CHECK: etch.launch @dot_general(%arg0) :
// CHECK: etch.check
// CHECK: etch.launch @dot_general(%arg1) :
func.func @checked(%x: tensor<96x96xf32>, %y: tensor<96x96xf32>, %ok: tensor<i1>) -> (tensor<96x96xf32>, tensor<96x96xf32>) {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  etch.check %ok, "not ok" : tensor<i1>
  %1 = etch.dot_general %y, %y batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  return %0, %1 : tensor<96x96xf32>, tensor<96x96xf32>
}

// -----

// Unknown extents: nobody knows how long anything takes.
// CHECK-LABEL: func.func @unknown_extents
// CHECK-NOT: strand
func.func @unknown_extents(%x: tensor<?x96xf32>, %y: tensor<96x96xf32>) -> (tensor<?x96xf32>, tensor<96x96xf32>) {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<?x96xf32>, tensor<96x96xf32>) -> tensor<?x96xf32>
  %1 = etch.dot_general %y, %y batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  return %0, %1 : tensor<?x96xf32>, tensor<96x96xf32>
}
