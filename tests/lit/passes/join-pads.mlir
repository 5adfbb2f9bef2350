// Sums of tensors between zeros are concatenations.
// RUN: etch-opt %s --etch-join-pads --split-input-file | FileCheck %s

// Gaps are zeros, and what only the sum read is gone.
// CHECK-LABEL: func.func @parts
// CHECK-NOT: etch.pad
// CHECK-NOT: etch.add
// CHECK: %[[Z:.*]] = etch.constant dense<0.000000e+00> : tensor<2x1xf32>
// CHECK: %[[E:.*]] = etch.constant dense<0.000000e+00> : tensor<2x2xf32>
// CHECK: %[[C:.*]] = etch.concatenate %arg1, %[[Z]], %arg0, %arg2, %[[E]] axis = 1
// CHECK-NEXT: return %[[C]]
func.func @parts(%x: tensor<2x3xf32>, %y: tensor<2x1xf32>, %w: tensor<2x4xf32>) -> tensor<2x11xf32> {
  %0 = etch.constant dense<0.0> : tensor<f32>
  %a = etch.pad %x, %0 low = [0, 2] high = [0, 6] interior = [0, 0] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x11xf32>
  %b = etch.pad %y, %0 low = [0, 0] high = [0, 10] interior = [0, 0] : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x11xf32>
  %c = etch.pad %w, %0 low = [0, 5] high = [0, 2] interior = [0, 0] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x11xf32>
  %d = etch.add %a, %b : tensor<2x11xf32>
  %e = etch.add %c, %d : tensor<2x11xf32>
  return %e : tensor<2x11xf32>
}

// -----

// CHECK-LABEL: func.func @overlap
// CHECK: etch.add
func.func @overlap(%x: tensor<3xf32>, %y: tensor<3xf32>) -> tensor<5xf32> {
  %0 = etch.constant dense<0.0> : tensor<f32>
  %a = etch.pad %x, %0 low = [2] high = [0] interior = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<5xf32>
  %b = etch.pad %y, %0 low = [0] high = [2] interior = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<5xf32>
  %c = etch.add %a, %b : tensor<5xf32>
  return %c : tensor<5xf32>
}

// -----

// CHECK-LABEL: func.func @other_axes
// CHECK: etch.add
func.func @other_axes(%x: tensor<1x2xf32>, %y: tensor<2x1xf32>) -> tensor<2x2xf32> {
  %0 = etch.constant dense<0.0> : tensor<f32>
  %a = etch.pad %x, %0 low = [0, 0] high = [1, 0] interior = [0, 0] : (tensor<1x2xf32>, tensor<f32>) -> tensor<2x2xf32>
  %b = etch.pad %y, %0 low = [0, 1] high = [0, 0] interior = [0, 0] : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x2xf32>
  %c = etch.add %a, %b : tensor<2x2xf32>
  return %c : tensor<2x2xf32>
}

// -----

// Padded with ones, cut, spread, or needed as it is.
// CHECK-LABEL: func.func @other_pads
// CHECK-COUNT-4: etch.add
func.func @other_pads(%x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = etch.constant dense<0.0> : tensor<f32>
  %1 = etch.constant dense<1.0> : tensor<f32>
  %a = etch.pad %x, %0 low = [0] high = [2] interior = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
  %b = etch.pad %y, %1 low = [2] high = [0] interior = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
  %c = etch.pad %y, %0 low = [3] high = [-1] interior = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
  %d = etch.pad %y, %0 low = [1] high = [0] interior = [1] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
  %e = etch.pad %y, %0 low = [2] high = [0] interior = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
  %r = etch.add %a, %b : tensor<4xf32>
  %s = etch.add %a, %c : tensor<4xf32>
  %t = etch.add %a, %d : tensor<4xf32>
  %u = etch.add %a, %e : tensor<4xf32>
  return %r, %s, %t, %u, %e : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}
