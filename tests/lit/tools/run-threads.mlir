// ETCH_NUM_THREADS: a number from 1 to 1024, or a message that says so.
// REQUIRES: etch-run
// RUN: env ETCH_NUM_THREADS=3 etch-run %s | FileCheck %s
// RUN: env ETCH_NUM_THREADS= etch-run %s | FileCheck %s
// RUN: not env ETCH_NUM_THREADS=0 etch-run %s 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not env ETCH_NUM_THREADS=1025 etch-run %s 2>&1 | FileCheck %s --check-prefix=MANY
// RUN: not env ETCH_NUM_THREADS=two etch-run %s 2>&1 | FileCheck %s --check-prefix=WORD
// RUN: not env ETCH_NUM_THREADS=2x etch-run %s 2>&1 | FileCheck %s --check-prefix=REST

// CHECK: 4950.
// ZERO: environment variable ETCH_NUM_THREADS=0: expected an integer from 1 to 1024
// MANY: environment variable ETCH_NUM_THREADS=1025: expected an integer from 1 to 1024
// WORD: environment variable ETCH_NUM_THREADS=two: expected an integer from 1 to 1024
// REST: environment variable ETCH_NUM_THREADS=2x: expected an integer from 1 to 1024
func.func @counted() -> tensor<f32> {
  %0 = etch.iota shape = [100] axis = 0 {dtype = f32} : () -> tensor<100xf32>
  %1 = etch.reduce_sum %0 axes = [0] : (tensor<100xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}
