// RUN: etch-opt %s --etch-form-kernels --etch-plan-buffers | FileCheck %s

// Three values between four kernels live in two slots; the last goes where the result goes.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: etch.arena_bytes = 32768
// CHECK: %[[A:.*]] = etch.launch @{{.*}}(%arg0) slots = [0]
// CHECK: %[[B:.*]] = etch.launch @{{.*}}(%[[A]], %arg0) slots = [1]
// CHECK: %[[C:.*]] = etch.launch @{{.*}}(%[[B]], %arg0) slots = [0]
// CHECK: etch.launch @{{.*}}(%[[C]], %arg0) slots = [-1]
func.func @chain(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %1 = etch.dot_general %0, %x batch = [] x [] contract = [1] x [0] : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %2 = etch.dot_general %1, %x batch = [] x [] contract = [1] x [0] : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %3 = etch.dot_general %2, %x batch = [] x [] contract = [1] x [0] : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %3 : tensor<64x64xf32>
}
