// REQUIRES: etch-run
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py a.npy f4 2,3 range
// RUN: python3 %S/make_npy.py b.npy f4 3,4 range
// RUN: etch-run %s --entry matmul --input a.npy b.npy | FileCheck %s --check-prefix=MATMUL
// RUN: python3 %S/make_npy.py a3.npy f8 2,3,4 range
// RUN: python3 %S/make_npy.py b3.npy f8 2,5,4 range
// RUN: etch-run %s --entry batched --input a3.npy b3.npy --output-dir out
// RUN: python3 %S/show_npy.py out/0.npy | FileCheck %s --check-prefix=BATCHED
// RUN: python3 %S/make_npy.py ia.npy i4 2,2 1,2,3,4
// RUN: python3 %S/make_npy.py ib.npy i4 2,2 5,6,7,8
// RUN: etch-run %s --entry ints --input ia.npy ib.npy | FileCheck %s --check-prefix=INTS
// RUN: etch-run %s --entry same --input ia.npy | FileCheck %s --check-prefix=SAME

// MATMUL: {{\[}}[20. 23. 26. 29.]
// MATMUL-NEXT: [56. 68. 80. 92.]]
// BATCHED: <f8 (2, 3, 5) 14 38 62 86 110 38 126 214 302 390 62 214 366 518 670 1166 1382 1598 1814 2030 1510 1790 2070 2350 2630 1854 2198 2542 2886 3230
// INTS: {{\[}}[19 22]
// INTS-NEXT: [43 50]]
// SAME: {{\[}}[10 14]
// SAME-NEXT: [14 20]]
func.func @matmul(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) -> tensor<2x4xf32> {
  %0 = etch.dot_general %a, %b batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
func.func @batched(%a: tensor<2x3x4xf64>, %b: tensor<2x5x4xf64>) -> tensor<2x3x5xf64> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [2] x [2] : (tensor<2x3x4xf64>, tensor<2x5x4xf64>) -> tensor<2x3x5xf64>
  return %0 : tensor<2x3x5xf64>
}
func.func @ints(%a: tensor<2x2xi32>, %b: tensor<2x2xi32>) -> tensor<2x2xi32> {
  %0 = etch.dot_general %a, %b batch = [] x [] contract = [1] x [0] : (tensor<2x2xi32>, tensor<2x2xi32>) -> tensor<2x2xi32>
  return %0 : tensor<2x2xi32>
}
// One tensor on both sides is one operand of the kernel: this crashed.
func.func @same(%a: tensor<2x2xi32>) -> tensor<2x2xi32> {
  %0 = etch.dot_general %a, %a batch = [] x [] contract = [0] x [0] : (tensor<2x2xi32>, tensor<2x2xi32>) -> tensor<2x2xi32>
  return %0 : tensor<2x2xi32>
}
