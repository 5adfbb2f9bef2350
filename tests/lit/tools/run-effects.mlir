// REQUIRES: etch-run
// What a program prints goes to stdout; a check that fails is the user's error, at the line of the module.
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py good.npy f4 3 1,2,3
// RUN: python3 %S/make_npy.py bad.npy f4 3 1,-2,3
// RUN: etch-run %s --entry check --input good.npy good.npy | FileCheck %s --check-prefix=GOOD
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry check --input bad.npy good.npy | FileCheck %s --check-prefix=BAD
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry host --input good.npy | FileCheck %s --check-prefix=HOST

// GOOD: x is [1. 2. 3.]
// GOOD: [2. 4. 6.]
// BAD-DAG: x is [ 1. -2.  3.]
// BAD-DAG: etch-run: {{.*}}run-effects.mlir:[[@LINE+8]]:3: x must be positive
// HOST: run-effects.mlir:{{[0-9]+}}:8: [host_call] function 7 belongs to the process that traced it and cannot be called here

func.func @check(%x: tensor<3xf32>, %w: tensor<3xf32> {etch.kind="variable"}) -> (tensor<3xf32> {etch.updates = 1 : i64}) {
  %c = etch.constant dense<0.0> : tensor<f32>
  %m = etch.reduce_min %x axes = [0] : (tensor<3xf32>) -> tensor<f32>
  %p = etch.greater %m, %c : (tensor<f32>, tensor<f32>) -> tensor<i1>
  etch.print "x is {}"(%x) : tensor<3xf32>
  etch.check %p, "x must be positive" : tensor<i1>
  %0 = etch.add %x, %w : tensor<3xf32>
  return %0 : tensor<3xf32>
}
func.func @host(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = etch.host_call 7(%x) : (tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
