// REQUIRES: etch-run
// A file may ask for derivatives: tanh'(x) = 1 - tanh(x)^2.
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py w.npy f4 3 1,2,3
// RUN: etch-run %s --entry grad --input w.npy --output-dir out
// RUN: python3 %S/show_npy.py out/0.npy out/1.npy | FileCheck %s

// CHECK: <f4 () 2.72068
// CHECK: <f4 (3,) 0.419974 0.07065{{[0-9]*}} 0.00986{{[0-9]*$}}

func.func private @loss(%w: tensor<3xf32>) -> tensor<f32> {
  %0 = etch.tanh %w : tensor<3xf32>
  %1 = etch.reduce_sum %0 axes = [0] : (tensor<3xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}
func.func @grad(%w: tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>) {
  %one = etch.constant dense<1.0> : tensor<f32>
  %0:2 = etch.vjp @loss(%w) cotangents(%one) wrt = [0] : (tensor<3xf32>, tensor<f32>) -> (tensor<f32>, tensor<3xf32>)
  return %0#0, %0#1 : tensor<f32>, tensor<3xf32>
}
