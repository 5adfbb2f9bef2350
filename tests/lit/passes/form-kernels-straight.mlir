// Ops on a few elements in the body of a loop are one kernel, whatever moves the elements between them.
// RUN: etch-opt %s --etch-form-kernels --etch-plan-buffers --split-input-file | FileCheck %s

// Slices, joins, a sum and a constant of the function around: one launch, over what the loop carries.
// CHECK-LABEL: func.func @moves
// CHECK: etch.for {{.*}} attributes {etch.slots = array<i64: {{[0-9]+}}, [[S:[0-9]+]]>}
// CHECK-NEXT: ^bb0(%[[I:.*]]: tensor<i64>, %[[A:.*]]: tensor<3xf32>):
// CHECK-NEXT: %[[R:.*]] = etch.launch @[[K:.*]](%[[A]]) slots = {{\[}}[[S]]]
// CHECK-NEXT: etch.yield %[[R]]
// CHECK: func.func private @[[K]]({{.*}}) -> tensor<3xf32> attributes {etch.kernel = "straight"}
// CHECK: etch.constant dense<2.000000e+00>
func.func @moves(%n: tensor<i64>, %x: tensor<3xf32>) -> tensor<3xf32> {
  %two = etch.constant dense<2.0> : tensor<3xf32>
  %0 = etch.for %n to %n (%x) : (tensor<i64>, tensor<i64>, tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<3xf32>):
    %1 = etch.slice %a starts = [0] limits = [1] strides = [1] : (tensor<3xf32>) -> tensor<1xf32>
    %2 = etch.slice %a starts = [1] limits = [3] strides = [1] : (tensor<3xf32>) -> tensor<2xf32>
    %3 = etch.concatenate %2, %1 axis = 0 : (tensor<2xf32>, tensor<1xf32>) -> tensor<3xf32>
    %4 = etch.reduce_sum %3 axes = [0] : (tensor<3xf32>) -> tensor<f32>
    %5 = etch.broadcast_in_dim %4 shape = [3] dims = [] : (tensor<f32>) -> tensor<3xf32>
    %6 = etch.mul %3, %two : tensor<3xf32>
    %7 = etch.sub %6, %5 : tensor<3xf32>
    etch.yield %7 : tensor<3xf32>
  }
  return %0 : tensor<3xf32>
}

// -----

// Outside of loops kernels are what they were, and so are those of more elements inside.
// CHECK-LABEL: func.func @others
// CHECK: etch.launch @add
// CHECK: etch.launch @exp
// CHECK-NOT: etch.kernel = "straight"
func.func @others(%n: tensor<i64>, %x: tensor<3xf32>, %y: tensor<17xf32>) -> (tensor<3xf32>, tensor<17xf32>) {
  %0 = etch.add %x, %x : tensor<3xf32>
  %1 = etch.for %n to %n (%y) : (tensor<i64>, tensor<i64>, tensor<17xf32>) -> tensor<17xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<17xf32>):
    %2 = etch.exp %a : tensor<17xf32>
    etch.yield %2 : tensor<17xf32>
  }
  return %0, %1 : tensor<3xf32>, tensor<17xf32>
}

// -----

// A number that only a large kernel reads is picked there.
// CHECK-LABEL: func.func @of_large_kernels
// CHECK: etch.for
// CHECK-NEXT: ^bb0(%[[I:.*]]: tensor<i64>, %[[A:.*]]: tensor<300xf32>):
// CHECK-NEXT: %[[R:.*]] = etch.launch @{{.*}}(%[[A]], {{.*}}%[[I]])
// CHECK-NEXT: etch.yield %[[R]]
// CHECK-NOT: etch.kernel = "straight"
func.func @of_large_kernels(%n: tensor<i64>, %x: tensor<300xf32>, %t: tensor<40xf32>) -> tensor<300xf32> {
  %0 = etch.for %n to %n (%x) : (tensor<i64>, tensor<i64>, tensor<300xf32>) -> tensor<300xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<300xf32>):
    %1 = etch.dynamic_slice %t starts %i sizes = [1] : (tensor<40xf32>, tensor<i64>) -> tensor<1xf32>
    %2 = etch.broadcast_in_dim %1 shape = [300] dims = [0] : (tensor<1xf32>) -> tensor<300xf32>
    %3 = etch.mul %a, %2 : tensor<300xf32>
    etch.yield %3 : tensor<300xf32>
  }
  return %0 : tensor<300xf32>
}

// -----

// A block of memory is read where the kernel runs, so what is read must be there: a launch before writes it.
// CHECK-LABEL: func.func @reads_memory
// CHECK: %[[U:.*]] = etch.launch @exp(%{{.*}}) slots
// CHECK-NEXT: etch.launch @{{.*}}(%[[U]], {{.*}}
func.func @reads_memory(%n: tensor<i64>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = etch.for %n to %n (%x) : (tensor<i64>, tensor<i64>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<4xf32>):
    %1 = etch.exp %a : tensor<4xf32>
    %2 = etch.dynamic_slice %1 starts %i sizes = [1] : (tensor<4xf32>, tensor<i64>) -> tensor<1xf32>
    %3 = etch.broadcast_in_dim %2 shape = [4] dims = [0] : (tensor<1xf32>) -> tensor<4xf32>
    %4 = etch.mul %1, %3 : tensor<4xf32>
    etch.yield %4 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

// A block of what would be in registers cannot be asked for: another kernel makes it from what is in memory.
// CHECK-LABEL: func.func @block_of_a_slice
// CHECK: %[[B:.*]] = etch.launch @[[BLOCK:.*]](%arg2, %arg1)
// CHECK: etch.launch @{{.*}}(%{{.*}}, %[[B]])
// CHECK: func.func private @[[BLOCK]]({{.*}}) -> tensor<2xf32> attributes {etch.kernel = "loop"}
func.func @block_of_a_slice(%n: tensor<i64>, %start: tensor<i64>, %x: tensor<4xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.slice %x starts = [1] limits = [4] strides = [1] : (tensor<4xf32>) -> tensor<3xf32>
  %1 = etch.dynamic_slice %0 starts %start sizes = [2] : (tensor<3xf32>, tensor<i64>) -> tensor<2xf32>
  %2 = etch.for %n to %n (%y) : (tensor<i64>, tensor<i64>, tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<2xf32>):
    %3 = etch.mul %a, %1 : tensor<2xf32>
    etch.yield %3 : tensor<2xf32>
  }
  return %2 : tensor<2xf32>
}
