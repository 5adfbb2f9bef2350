// RUN: etch-opt %s --etch-form-kernels | FileCheck %s

// One index space, one kernel, both results.
// CHECK-LABEL: func.func @chain
// CHECK-NEXT: %[[R:.*]]:2 = etch.launch @[[CHAIN:.*]](%arg0, %arg1)
// CHECK-NEXT: return %[[R]]#0, %[[R]]#1
func.func @chain(%a: tensor<8xf32>, %b: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = etch.mul %a, %b : tensor<8xf32>
  %1 = etch.tanh %0 : tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// Structurally equal groups are one kernel.
// CHECK-LABEL: func.func @equal
// CHECK: %[[X:.*]] = etch.launch @[[DOT:dot_general.*]](%arg0, %arg1)
// CHECK: etch.launch @[[DOT]](%[[X]], %arg1)
func.func @equal(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = etch.dot_general %0, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// A reduction joins what computes its operand.
// CHECK-LABEL: func.func @reduced
// CHECK-NEXT: %[[R:.*]] = etch.launch @[[SUM:.*]](%arg0)
// CHECK-NEXT: return %[[R]]
func.func @reduced(%x: tensor<4x4xf32>) -> tensor<4xf32> {
  %0 = etch.square %x : tensor<4x4xf32>
  %1 = etch.reduce_sum %0 axes = [1] : (tensor<4x4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK: func.func private @[[CHAIN]]({{.*}}etch.kernel = "loop"
// CHECK: func.func private @[[DOT]]({{.*}}etch.kernel = "dot"
// CHECK: func.func private @[[SUM]]({{.*}}etch.kernel = "reduce"
