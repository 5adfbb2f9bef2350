// A result whose shape data decides on: etch-run shows and writes it; a C caller could not provide its memory.
// REQUIRES: etch-run
// RUN: rm -rf %t && mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py n.npy i8 "" 3
// RUN: python3 %S/make_npy.py x.npy f4 1 2
// RUN: etch-run %s --input n.npy x.npy --repeat 3 | FileCheck %s
// CHECK: 0: result 0 f32[4]
// CHECK-NEXT: [2. 2. 2. 2.]
// RUN: etch-run %s --input n.npy x.npy --output-dir out | FileCheck %s --check-prefix=FILE
// FILE: out/0.npy: result 0 f32[4]
// RUN: python3 %S/exit_code.py 77 etchc %s -o grows.o | FileCheck %s --check-prefix=EXPORT
// EXPORT: 'grows' returns a tensor whose shape depends on data, for which a caller in C cannot provide memory
func.func @grows(%n: tensor<i64>, %x: tensor<1xf32>) -> tensor<?xf32> {
  %zero = etch.constant dense<0> : tensor<i64>
  %one = etch.constant dense<1> : tensor<i64>
  %init = etch.reshape %x sizes %one shape = [-1] : (tensor<1xf32>, tensor<i64>) -> tensor<?xf32>
  %list = etch.for %zero to %n(%init) : (tensor<i64>, tensor<i64>, tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%i: tensor<i64>, %carried: tensor<?xf32>):
    %longer = etch.concatenate %carried, %x axis = 0 : (tensor<?xf32>, tensor<1xf32>) -> tensor<?xf32>
    etch.yield %longer : tensor<?xf32>
  }
  return %list : tensor<?xf32>
}
