// REQUIRES: etch-run
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py x.npy f4 2,3 range
// RUN: etch-run %s --input x.npy --output-dir out
// RUN: python3 %S/show_npy.py out/0.npy out/1.npy out/2.npy out/3.npy out/4.npy out/5.npy | FileCheck %s

// CHECK: <f4 (3, 2) 0 3 1 4 2 5
// CHECK: <f4 (6,) 0 1 2 3 4 5
// CHECK: <f4 (2, 3) 2 1 0 5 4 3
// CHECK: <f4 (4, 3) 0 1 2 3 4 5 2 1 0 5 4 3
// CHECK: <f4 (2, 1) 1 4
// CHECK: <f4 (4, 4) 9 9 9 9 0 1 2 9 3 4 5 9 9 9 9 9

func.func @shapes(%x: tensor<2x3xf32>) -> (tensor<3x2xf32>, tensor<6xf32>, tensor<2x3xf32>, tensor<4x3xf32>, tensor<2x1xf32>, tensor<4x4xf32>) {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %1 = etch.reshape %x shape = [6] : (tensor<2x3xf32>) -> tensor<6xf32>
  %2 = etch.reverse %x axes = [1] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = etch.concatenate %x, %2 axis = 0 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  %4 = etch.slice %x starts = [0, 1] limits = [2, 2] strides = [1, 1] : (tensor<2x3xf32>) -> tensor<2x1xf32>
  %z = etch.constant dense<9.0> : tensor<f32>
  %5 = etch.pad %x, %z low = [1, 0] high = [1, 1] interior = [0, 0] : (tensor<2x3xf32>, tensor<f32>) -> tensor<4x4xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<3x2xf32>, tensor<6xf32>, tensor<2x3xf32>, tensor<4x3xf32>, tensor<2x1xf32>, tensor<4x4xf32>
}
