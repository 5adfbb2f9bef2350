// Random numbers read elements 0 and 1 of their state, so they do not join the kernel that computes it: that one runs over
// two elements.
// RUN: etch-opt %s --stop-after=fused | FileCheck %s
// CHECK-LABEL: func.func @state_of_their_own
// CHECK: %[[S:.*]] = etch.launch @add(%arg0) : (tensor<2xi64>) -> tensor<2xi64>
// CHECK: etch.launch @random_uniform(%[[S]]) : (tensor<2xi64>) -> tensor<1000xf32>
func.func @state_of_their_own(%state: tensor<2xi64>) -> tensor<1000xf32> {
  %0 = etch.constant dense<1> : tensor<2xi64>
  %1 = etch.add %state, %0 : tensor<2xi64>
  %2 = etch.random_uniform %1 shape = [1000] {dtype = f32} : (tensor<2xi64>) -> tensor<1000xf32>
  return %2 : tensor<1000xf32>
}
