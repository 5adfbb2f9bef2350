// REQUIRES: etch-run
// A variable is an input and, updated, a result. Runs of --repeat all start from the same values.
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py x.npy f4 4,2 range
// RUN: python3 %S/make_npy.py y.npy f4 4 range
// RUN: python3 %S/make_npy.py w.npy f4 2 0.5,-0.5
// RUN: python3 %S/make_npy.py n.npy i8 "" 7
// RUN: etch-run %s --input x.npy y.npy w.npy n.npy --repeat 5 --output-dir out | FileCheck %s --check-prefix=SAYS
// RUN: python3 %S/show_npy.py out/0.npy out/1.npy out/2.npy w.npy n.npy | FileCheck %s

// Without their files variables start from their initial values; with some of them it is not clear which.
// RUN: etch-run %s --input x.npy y.npy --output-dir fresh
// RUN: python3 %S/show_npy.py fresh/0.npy fresh/1.npy fresh/2.npy w.npy n.npy | FileCheck %s
// RUN: python3 %S/exit_code.py 2 etch-run %s --input x.npy y.npy w.npy | FileCheck %s --check-prefix=SOME
// SOME: etch-run: 3 inputs came, but @step takes 4:
// SOME: 2: 'w' f32[2] (variable with an initial value)
// SOME: or leave out all that have an initial value

// SAYS: out/0.npy: 'loss' f32[]
// SAYS: out/1.npy: new value of 'w' f32[2]
// SAYS: out/2.npy: new value of 'count' i64[]
// SAYS: ran 5 times: min {{.*}} ms, median {{.*}} ms
// CHECK: <f4 () 21
// CHECK-NEXT: <f4 (2,) 0.84 -0.08
// CHECK-NEXT: <i8 () 8
// The files of the inputs stay as they were.
// CHECK-NEXT: <f4 (2,) 0.5 -0.5
// CHECK-NEXT: <i8 () 7
func.func @step(%x: tensor<4x2xf32> {etch.name = "x"}, %y: tensor<4xf32> {etch.name = "y"},
                %w: tensor<2xf32> {etch.name = "w", etch.kind = "variable", etch.initial_value = dense<[0.5, -0.5]> : tensor<2xf32>},
                %n: tensor<i64> {etch.name = "count", etch.kind = "variable", etch.initial_value = dense<7> : tensor<i64>})
    -> (tensor<f32> {etch.name = "loss"}, tensor<2xf32> {etch.updates = 2 : i64}, tensor<i64> {etch.updates = 3 : i64}) {
  %p = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4xf32>
  %e = etch.sub %p, %y : tensor<4xf32>
  %s = etch.square %e : tensor<4xf32>
  %loss = etch.reduce_sum %s axes = [0] : (tensor<4xf32>) -> tensor<f32>
  %g = etch.dot_general %e, %x batch = [] x [] contract = [0] x [0] : (tensor<4xf32>, tensor<4x2xf32>) -> tensor<2xf32>
  %rate = etch.constant dense<0.01> : tensor<2xf32>
  %d = etch.mul %g, %rate : tensor<2xf32>
  %w2 = etch.sub %w, %d : tensor<2xf32>
  %one = etch.constant dense<1> : tensor<i64>
  %n2 = etch.add %n, %one : tensor<i64>
  return %loss, %w2, %n2 : tensor<f32>, tensor<2xf32>, tensor<i64>
}
