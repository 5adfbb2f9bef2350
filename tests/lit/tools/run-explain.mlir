// ETCH_EXPLAIN=fusion: the kernels of a function with what they move and compute, and why there are not fewer.
// REQUIRES: etch-run
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py x.npy f4 100,80 range
// RUN: env ETCH_EXPLAIN=fusion etch-run %s --input x.npy 2>&1 | FileCheck %s
// RUN: not env ETCH_EXPLAIN=all etch-run %s --input x.npy 2>&1 | FileCheck %s --check-prefix=BAD
// BAD: environment variable ETCH_EXPLAIN=all: expected fusion
// RUN: not env ETCH_TIMING=2 etch-run %s --input x.npy 2>&1 | FileCheck %s --check-prefix=TIMING
// TIMING: environment variable ETCH_TIMING=2: expected 1 or 0
// RUN: not env ETCH_TEST_STRANDS=some etch-run %s --input x.npy 2>&1 | FileCheck %s --check-prefix=STRANDS
// STRANDS: environment variable ETCH_TEST_STRANDS=some: expected one of worthwhile, all, none

// CHECK: etch fusion: main
// CHECK-NEXT: exp_reduce_sum (reduce: columns in vectors), launched 1 time: reads 32.0 kB, writes 32.3 kB, 16.0 kflop
// CHECK-NEXT: {{.*}}run-explain.mlir:21:{{[0-9]+}}  exp
// CHECK-NEXT: {{.*}}run-explain.mlir:22:{{[0-9]+}}  reduce_sum
// CHECK-NEXT: sub (loop: a loop an axis), launched 1 time: reads 32.3 kB, writes 32.0 kB, 8.00 kflop
// CHECK: not in one kernel:
// CHECK: {{.*}}run-explain.mlir:24:{{.*}}sub is not in the kernel of reduce_sum ({{.*}}:22:{{.*}}): it reads a reduction's results along the columns
func.func @main(%x: tensor<100x80xf32>) -> tensor<100x80xf32> {
  %0 = etch.exp %x : tensor<100x80xf32>
  %1 = etch.reduce_sum %0 axes = [0] : (tensor<100x80xf32>) -> tensor<80xf32>
  %2 = etch.broadcast_in_dim %1 shape = [100, 80] dims = [1] : (tensor<80xf32>) -> tensor<100x80xf32>
  %3 = etch.sub %0, %2 : tensor<100x80xf32>
  return %3 : tensor<100x80xf32>
}
