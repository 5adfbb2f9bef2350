// A kernel that reads one value twice has one argument for it: x x^T once crashed.
// RUN: etch-opt %s --stop-after=kernels | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK: etch.launch @[[KERNEL:.*]](%arg0) slots
// CHECK: func.func private @[[KERNEL]](
func.func @main(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0]
      : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
