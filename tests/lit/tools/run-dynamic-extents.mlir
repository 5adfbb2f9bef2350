// REQUIRES: etch-run
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py x.npy f4 2,3 range
// RUN: python3 %S/make_npy.py w.npy f4 3,2 1,-1
// RUN: etch-run %s --entry affine --input x.npy w.npy | FileCheck %s --check-prefix=AFFINE
// RUN: python3 %S/make_npy.py d.npy f8 4,2 range
// RUN: etch-run %s --entry mean --input d.npy | FileCheck %s --check-prefix=MEAN
// RUN: python3 %S/make_npy.py d1.npy f8 1,3 range
// RUN: etch-run %s --entry mean --input d1.npy | FileCheck %s --check-prefix=MEAN1
// RUN: python3 %S/make_npy.py x3.npy f4 3 1,2,3
// RUN: python3 %S/make_npy.py x4.npy f4 4 1,2,3,4
// RUN: python3 %S/make_npy.py n.npy i8 "" 3
// RUN: etch-run %s --entry dynfor --input x4.npy n.npy | FileCheck %s --check-prefix=LOOP
// Extents that do not fit each other, and one that does not fit the module.
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry add --input x3.npy x4.npy | FileCheck %s --check-prefix=DIFFER
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry affine --input w.npy w.npy | FileCheck %s --check-prefix=FIXED

// AFFINE: 0: 'y' f32[2,2]
// AFFINE-NEXT: {{\[}}[ 3.  0.]
// AFFINE-NEXT: [12.  0.]]
// MEAN: [3. 4.]
// MEAN: {{^}}4{{$}}
// MEAN1: [0. 1. 2.]
// MEAN1: {{^}}1{{$}}
// LOOP: [ 4.  8. 12. 16.]
// RUN: python3 %S/make_npy.py q.npy f4 3,2 range && python3 %S/make_npy.py g.npy f4 2,2 range
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry gradient --input q.npy g.npy x3.npy | FileCheck %s --check-prefix=GRADIENT
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry gradient --input q.npy q.npy x4.npy | FileCheck %s --check-prefix=GRADIENT
// RUN: etch-run %s --entry gradient --input q.npy q.npy x3.npy
// GRADIENT: run-dynamic-extents.mlir:{{[0-9]+}}:{{[0-9]+}}: [dot_product_attention_gradient] extents of

// DIFFER: run-dynamic-extents.mlir:{{[0-9]+}}:8: [add]
// FIXED: etch-run: input 0, w.npy, holds f32[3,2], but the program expects 'x' f32[?,3]; any extent may stand for ?
func.func @affine(%x: tensor<?x3xf32> {etch.name = "x"}, %w: tensor<3x?xf32> {etch.name = "w"}) -> (tensor<?x?xf32> {etch.name = "y"}) {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32>, tensor<3x?xf32>) -> tensor<?x?xf32>
  %1 = etch.relu %0 : tensor<?x?xf32>
  return %1 : tensor<?x?xf32>
}
func.func @add(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %0 = etch.add %x, %y : tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func @mean(%x: tensor<?x?xf64>) -> (tensor<?xf64>, tensor<i64>) {
  %0 = etch.reduce_sum %x axes = [0] : (tensor<?x?xf64>) -> tensor<?xf64>
  %1 = etch.dim %x axis = 0 : (tensor<?x?xf64>) -> tensor<i64>
  %2 = etch.cast %1 {dtype = f64} : (tensor<i64>) -> tensor<f64>
  %n = etch.dim %x axis = 1 : (tensor<?x?xf64>) -> tensor<i64>
  %3 = etch.broadcast_in_dim %2 sizes %n shape = [-1] dims = [] : (tensor<f64>, tensor<i64>) -> tensor<?xf64>
  %4 = etch.div %0, %3 : tensor<?xf64>
  return %4, %1 : tensor<?xf64>, tensor<i64>
}
func.func @dynfor(%x: tensor<?xf32>, %n: tensor<i64>) -> tensor<?xf32> {
  %zero = etch.constant dense<0> : tensor<i64>
  %0 = etch.for %zero to %n(%x) : (tensor<i64>, tensor<i64>, tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%i: tensor<i64>, %y: tensor<?xf32>):
    %1 = etch.add %y, %x : tensor<?xf32>
    etch.yield %1 : tensor<?xf32>
  }
  return %0 : tensor<?xf32>
}
func.func @gradient(%q: tensor<?x2xf32>, %g: tensor<?x2xf32>, %l: tensor<?xf32>) -> tensor<?x2xf32> {
  %q1, %k1, %v1 = etch.dot_product_attention_gradient %q, %q, %q of %g, %l, %l causal = 0
    : (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>, tensor<?xf32>, tensor<?xf32>)
      -> (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>)
  return %q1 : tensor<?x2xf32>
}
