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
