// Twelve rotations by concatenation: an element of the last would read 4096, so every fourth one goes to memory.
// RUN: etch-opt %s --etch-form-kernels | FileCheck %s
// CHECK-LABEL: func.func @rotations
// CHECK: %[[A:.*]] = etch.launch @[[K:.*]](%arg0)
// CHECK: %[[B:.*]] = etch.launch @[[K]](%[[A]])
// CHECK: etch.launch @{{.*}}(%[[B]])
// CHECK-NOT: etch.launch
// CHECK: return
func.func @rotations(%0: tensor<8xf32>) -> tensor<8xf32> {
  %a0 = etch.slice %0 starts = [1] limits = [8] strides = [1] : (tensor<8xf32>) -> tensor<7xf32>
  %b0 = etch.slice %0 starts = [0] limits = [1] strides = [1] : (tensor<8xf32>) -> tensor<1xf32>
  %1 = etch.concatenate %a0, %b0 axis = 0 : (tensor<7xf32>, tensor<1xf32>) -> tensor<8xf32>
  %a1 = etch.slice %1 starts = [1] limits = [8] strides = [1] : (tensor<8xf32>) -> tensor<7xf32>
  %b1 = etch.slice %1 starts = [0] limits = [1] strides = [1] : (tensor<8xf32>) -> tensor<1xf32>
  %2 = etch.concatenate %a1, %b1 axis = 0 : (tensor<7xf32>, tensor<1xf32>) -> tensor<8xf32>
  %a2 = etch.slice %2 starts = [1] limits = [8] strides = [1] : (tensor<8xf32>) -> tensor<7xf32>
  %b2 = etch.slice %2 starts = [0] limits = [1] strides = [1] : (tensor<8xf32>) -> tensor<1xf32>
  %3 = etch.concatenate %a2, %b2 axis = 0 : (tensor<7xf32>, tensor<1xf32>) -> tensor<8xf32>
  %a3 = etch.slice %3 starts = [1] limits = [8] strides = [1] : (tensor<8xf32>) -> tensor<7xf32>
  %b3 = etch.slice %3 starts = [0] limits = [1] strides = [1] : (tensor<8xf32>) -> tensor<1xf32>
  %4 = etch.concatenate %a3, %b3 axis = 0 : (tensor<7xf32>, tensor<1xf32>) -> tensor<8xf32>
  %a4 = etch.slice %4 starts = [1] limits = [8] strides = [1] : (tensor<8xf32>) -> tensor<7xf32>
  %b4 = etch.slice %4 starts = [0] limits = [1] strides = [1] : (tensor<8xf32>) -> tensor<1xf32>
  %5 = etch.concatenate %a4, %b4 axis = 0 : (tensor<7xf32>, tensor<1xf32>) -> tensor<8xf32>
  %a5 = etch.slice %5 starts = [1] limits = [8] strides = [1] : (tensor<8xf32>) -> tensor<7xf32>
  %b5 = etch.slice %5 starts = [0] limits = [1] strides = [1] : (tensor<8xf32>) -> tensor<1xf32>
  %6 = etch.concatenate %a5, %b5 axis = 0 : (tensor<7xf32>, tensor<1xf32>) -> tensor<8xf32>
  %a6 = etch.slice %6 starts = [1] limits = [8] strides = [1] : (tensor<8xf32>) -> tensor<7xf32>
  %b6 = etch.slice %6 starts = [0] limits = [1] strides = [1] : (tensor<8xf32>) -> tensor<1xf32>
  %7 = etch.concatenate %a6, %b6 axis = 0 : (tensor<7xf32>, tensor<1xf32>) -> tensor<8xf32>
  %a7 = etch.slice %7 starts = [1] limits = [8] strides = [1] : (tensor<8xf32>) -> tensor<7xf32>
  %b7 = etch.slice %7 starts = [0] limits = [1] strides = [1] : (tensor<8xf32>) -> tensor<1xf32>
  %8 = etch.concatenate %a7, %b7 axis = 0 : (tensor<7xf32>, tensor<1xf32>) -> tensor<8xf32>
  %a8 = etch.slice %8 starts = [1] limits = [8] strides = [1] : (tensor<8xf32>) -> tensor<7xf32>
  %b8 = etch.slice %8 starts = [0] limits = [1] strides = [1] : (tensor<8xf32>) -> tensor<1xf32>
  %9 = etch.concatenate %a8, %b8 axis = 0 : (tensor<7xf32>, tensor<1xf32>) -> tensor<8xf32>
  %a9 = etch.slice %9 starts = [1] limits = [8] strides = [1] : (tensor<8xf32>) -> tensor<7xf32>
  %b9 = etch.slice %9 starts = [0] limits = [1] strides = [1] : (tensor<8xf32>) -> tensor<1xf32>
  %10 = etch.concatenate %a9, %b9 axis = 0 : (tensor<7xf32>, tensor<1xf32>) -> tensor<8xf32>
  %a10 = etch.slice %10 starts = [1] limits = [8] strides = [1] : (tensor<8xf32>) -> tensor<7xf32>
  %b10 = etch.slice %10 starts = [0] limits = [1] strides = [1] : (tensor<8xf32>) -> tensor<1xf32>
  %11 = etch.concatenate %a10, %b10 axis = 0 : (tensor<7xf32>, tensor<1xf32>) -> tensor<8xf32>
  %a11 = etch.slice %11 starts = [1] limits = [8] strides = [1] : (tensor<8xf32>) -> tensor<7xf32>
  %b11 = etch.slice %11 starts = [0] limits = [1] strides = [1] : (tensor<8xf32>) -> tensor<1xf32>
  %12 = etch.concatenate %a11, %b11 axis = 0 : (tensor<7xf32>, tensor<1xf32>) -> tensor<8xf32>
  return %12 : tensor<8xf32>
}
