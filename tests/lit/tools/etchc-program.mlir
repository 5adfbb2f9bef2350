// REQUIRES: etchc, etch-run
// An exported program in C: initial values, updates in place, buffers at any address that suits their elements, failed
// checks, null pointers. The numbers are those of etch-run.
// RUN: mkdir -p %t && cd %t
// RUN: etchc %s -o step.o --header=step.h --strict
// RUN: %cc -std=c11 -Wall -Wextra -Wpedantic -Werror -O1 -I. -c %S/Inputs/call_step.c -o call.o
// RUN: %cxx call.o step.o %lib/libetch_runtime.a -ltbb -lm -lpthread -o call
// RUN: ./call | FileCheck %s
// RUN: python3 %S/make_npy.py x.npy f4 37 0.25
// RUN: python3 %S/make_npy.py w.npy f4 37 0.5,-0.5
// RUN: python3 %S/make_npy.py n.npy i8 "" 7
// RUN: etch-run %s --strict --input x.npy w.npy n.npy --output-dir out
// RUN: python3 %S/show_npy.py out/0.npy out/1.npy out/2.npy | FileCheck %s --check-prefix=SAME

// CHECK: sum [[SUM:[0-9.e-]+]]
// CHECK-NEXT: w 0.75 -0.25 0.75 count 8
// CHECK-NEXT: error: etchc-program.mlir:[[@LINE+15]]:3: x must be below 1
// CHECK-NEXT: w 0.75 -0.25 0.75 count 8
// CHECK-NEXT: error: program 'step': argument 0 ('x') is a null pointer
// SAME: <f4 () 9.75
// SAME: <f4 (37,) 0.75 -0.25 0.75
// SAME: <i8 () 8
func.func @step(%x: tensor<37xf32> {etch.name = "x"},
                %w: tensor<37xf32> {etch.name = "w", etch.kind = "variable", etch.initial_value = dense<[0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5]> : tensor<37xf32>},
                %n: tensor<i64> {etch.name = "n", etch.kind = "variable", etch.initial_value = dense<7> : tensor<i64>})
    -> (tensor<f32> {etch.name = "sum"}, tensor<37xf32> {etch.updates = 1 : i64}, tensor<i64> {etch.updates = 2 : i64}) {
  %w1 = etch.add %w, %x : tensor<37xf32>
  %sum = etch.reduce_sum %w1 axes = [0] : (tensor<37xf32>) -> tensor<f32>
  %top = etch.reduce_max %x axes = [0] : (tensor<37xf32>) -> tensor<f32>
  %limit = etch.constant dense<1.0> : tensor<f32>
  %ok = etch.less %top, %limit : (tensor<f32>, tensor<f32>) -> tensor<i1>
  etch.check %ok, "x must be below 1" : tensor<i1>
  %one = etch.constant dense<1> : tensor<i64>
  %n1 = etch.add %n, %one : tensor<i64>
  return %sum, %w1, %n1 : tensor<f32>, tensor<37xf32>, tensor<i64>
}
