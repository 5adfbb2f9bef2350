// The entry function: arguments, results and arena bound, kernels called; its companion works unknown extents out.
// RUN: etch-opt %s --stop-after=target --split-input-file | FileCheck %s

// Known extents: no companion. Enough work is split over threads.
// CHECK-LABEL: llvm.func @known_entry
// CHECK: llvm.call @etch_rt_parallel_for
// CHECK-NOT: @known_shapes
func.func @known(%x: tensor<1000000xf32>) -> tensor<1000000xf32> {
  %0 = etch.neg %x : tensor<1000000xf32>
  return %0 : tensor<1000000xf32>
}

// -----

// Little work is not.
// CHECK-LABEL: llvm.func @little_entry
// CHECK-NOT: parallel_for
// CHECK: llvm.call @neg
func.func @little(%x: tensor<100xf32>) -> tensor<100xf32> {
  %0 = etch.neg %x : tensor<100xf32>
  return %0 : tensor<100xf32>
}

// -----

// Unknown extents that must agree are compared once a call.
// CHECK: "[concatenate] extents that were unknown while tracing differ in this call
// CHECK-LABEL: llvm.func @unknown_shapes
// CHECK: llvm.icmp "eq"
// CHECK: llvm.call @etch_rt_fail
func.func @unknown(%x: tensor<2x?xf32>, %y: tensor<3x?xf32>) -> tensor<5x?xf32> {
  %0 = etch.concatenate %x, %y axis = 0 : (tensor<2x?xf32>, tensor<3x?xf32>) -> tensor<5x?xf32>
  return %0 : tensor<5x?xf32>
}

// -----

// Ops of a chain ask the same: it is compared once.
// CHECK-LABEL: llvm.func @chain_shapes
// CHECK-COUNT-1: llvm.call @etch_rt_fail
// CHECK-NOT: llvm.call @etch_rt_fail
// CHECK: llvm.return
func.func @chain(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %0 = etch.add %a, %b : tensor<?xf32>
  %1 = etch.mul %0, %b : tensor<?xf32>
  %2 = etch.sub %1, %b : tensor<?xf32>
  return %2 : tensor<?xf32>
}

// -----

// A kernel for several shapes is told how many elements there are, and is split where they are many.
// CHECK-LABEL: llvm.func @shared_entry
// CHECK: %[[FEW:.*]] = llvm.mlir.constant(100 : i64)
// CHECK: %[[ALL:.*]] = llvm.mlir.constant(1000000 : i64)
// CHECK: llvm.call @etch_rt_parallel_for(%{{.*}}, %{{.*}}, %[[ALL]], %{{.*}})
// CHECK: llvm.call @mul_sub{{.*}}(%{{.*}}, %{{.*}}, %[[FEW]])
func.func @shared(%x: tensor<1000000xf32>, %y: tensor<10x10xf32>) -> (tensor<1000000xf32>, tensor<10x10xf32>) {
  %0 = etch.mul %x, %x : tensor<1000000xf32>
  %1 = etch.sub %0, %x : tensor<1000000xf32>
  %2 = etch.mul %y, %y : tensor<10x10xf32>
  %3 = etch.sub %2, %y : tensor<10x10xf32>
  return %1, %3 : tensor<1000000xf32>, tensor<10x10xf32>
}

// -----

// A print fails where nobody told the code: it asks before the variable is written.
// CHECK-LABEL: llvm.func @printed_entry
// CHECK: llvm.call @etch_rt_print
// CHECK: %[[FAILED:.*]] = llvm.call @etch_rt_failed
// CHECK: llvm.icmp "eq" %[[FAILED]]
// CHECK: llvm.cond_br
// CHECK: llvm.return
func.func @printed(%d: tensor<4xf32>, %v: tensor<4xf32> {etch.kind = "variable"}) -> (tensor<4xf32> {etch.updates = 1 : i64}) {
  %0 = etch.sub %v, %d : tensor<4xf32>
  etch.print "{}"(%0) : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Extents of what a loop's body works with are compared where the loop runs: not in the shapes function.
// CHECK-LABEL: llvm.func @rows_entry
// CHECK: llvm.call @etch_rt_fail
// CHECK-LABEL: llvm.func @rows_shapes
// CHECK-NOT: llvm.call @etch_rt_fail
// CHECK: llvm.return
func.func @rows(%x: tensor<?x4xf32>, %s: tensor<4xf32>) -> tensor<4xf32> {
  %zero = etch.constant dense<0> : tensor<i64>
  %n = etch.dim %x axis = 0 : (tensor<?x4xf32>) -> tensor<i64>
  %0 = etch.for %zero to %n(%s) : (tensor<i64>, tensor<i64>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %carried: tensor<4xf32>):
    %row = etch.take %x, %i axis = 0 : (tensor<?x4xf32>, tensor<i64>) -> tensor<4xf32>
    %next = etch.add %carried, %row : tensor<4xf32>
    etch.yield %next : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}
