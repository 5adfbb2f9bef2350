// What ETCH_EXPLAIN=fusion says that kernels move and compute: products of convolutions, rows that are taken, launches in loops.
// REQUIRES: etch-run
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py x.npy f4 2,6,6,3 1 && python3 %S/make_npy.py f.npy f4 3,3,3,4 1
// RUN: python3 %S/make_npy.py table.npy f4 1000,16 1 && python3 %S/make_npy.py i.npy i8 8 1,2
// RUN: env ETCH_EXPLAIN=fusion etch-run %s --input x.npy f.npy table.npy i.npy 2>&1 | FileCheck %s

// 2 products for each of 27 numbers and 288 results.
// CHECK: convolution (window: direct convolution{{.*}}), launched 1 time: reads 1.30 kB, writes 1.15 kB, 15.6 kflop
// 8 rows of 64 B and their numbers, of a table of 64 kB.
// CHECK: exp (loop: {{.*}}), launched 1 time: reads 576 B, writes 512 B, 128 flop
// CHECK-NEXT: {{.*}}run-explain-costs.mlir:[[@LINE+9]]:{{[0-9]+}}  take
// CHECK-NEXT: {{.*}}run-explain-costs.mlir:[[@LINE+9]]:{{[0-9]+}}  exp
// Rows are added where they are.
// CHECK: scatter_add (update: rows added in place), launched 1 time a round: reads 1.09 kB, writes 512 B, 128 flop
func.func @main(%x: tensor<2x6x6x3xf32>, %f: tensor<3x3x3x4xf32>, %table: tensor<1000x16xf32>, %i: tensor<8xi64>)
    -> (tensor<2x6x6x4xf32>, tensor<1000x16xf32>) {
  %zero = etch.constant dense<0> : tensor<i64>
  %three = etch.constant dense<3> : tensor<i64>
  %0 = etch.convolution %x, %f axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x6x6x3xf32>, tensor<3x3x3x4xf32>) -> tensor<2x6x6x4xf32>
  %1 = etch.take %table, %i axis = 0 : (tensor<1000x16xf32>, tensor<8xi64>) -> tensor<8x16xf32>
  %2 = etch.exp %1 : tensor<8x16xf32>
  %3 = etch.for %zero to %three (%table) : (tensor<i64>, tensor<i64>, tensor<1000x16xf32>) -> tensor<1000x16xf32> {
  ^bb0(%round: tensor<i64>, %sums: tensor<1000x16xf32>):
    %4 = etch.scatter_add %sums, %i, %2 axis = 0 : (tensor<1000x16xf32>, tensor<8xi64>, tensor<8x16xf32>) -> tensor<1000x16xf32>
    etch.yield %4 : tensor<1000x16xf32>
  }
  return %0, %3 : tensor<2x6x6x4xf32>, tensor<1000x16xf32>
}
