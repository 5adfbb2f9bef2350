// Processors without fused multiply-add multiply and add: the instruction's place would be taken by a call for each
// element. (Math functions are meant to give the same bits everywhere, and call it.)
// RUN: split-file %s %t
// RUN: etchc %t/forward.mlir --emit=asm --target-cpu=x86-64-v2 -o - | FileCheck %s --implicit-check-not=fma
// RUN: etchc %t/filters.mlir --emit=asm --target-cpu=x86-64-v2 -o - | FileCheck %s --implicit-check-not=fma
// RUN: etchc %t/growing.mlir --emit=asm --target-cpu=x86-64-v2 -o - | FileCheck %s --implicit-check-not=fma
// RUN: etchc %t/rows.mlir --emit=asm --target-cpu=x86-64-v2 -o - | FileCheck %s --implicit-check-not=fma --check-prefix=ROWS
// CHECK: mulps
// ROWS: mulpd

//--- forward.mlir
func.func @forward(%x: tensor<4x30x30x32xf32>, %w: tensor<3x3x32x64xf32>) -> tensor<4x28x28x64xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x30x30x32xf32>, tensor<3x3x32x64xf32>) -> tensor<4x28x28x64xf32>
  return %0 : tensor<4x28x28x64xf32>
}

//--- filters.mlir
func.func @filters(%x: tensor<4x30x30x33xf32>, %g: tensor<4x28x28x64xf32>) -> tensor<3x3x33x64xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x30x30x33xf32>, tensor<4x28x28x64xf32>) -> tensor<3x3x33x64xf32>
  return %0 : tensor<3x3x33x64xf32>
}

//--- growing.mlir
func.func @growing(%x: tensor<4x?x?x32xf32>, %w: tensor<3x3x32x64xf32>) -> tensor<4x?x?x64xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x?x?x32xf32>, tensor<3x3x32x64xf32>) -> tensor<4x?x?x64xf32>
  return %0 : tensor<4x?x?x64xf32>
}

//--- rows.mlir
func.func @rows(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %1 = etch.broadcast_in_dim %0 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %2 = etch.div %x, %1 : tensor<64x1024xf32>
  return %2 : tensor<64x1024xf32>
}
