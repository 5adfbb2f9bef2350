// Vectors away from borders and seams are read without a look at them; nothing is gathered anywhere.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// CHECK-LABEL: func.func private @add
// CHECK-NOT: gather
// CHECK: scf.if
// CHECK-NOT: masked
// CHECK-NOT: arith.select
// CHECK: } else {
// CHECK: llvm.intr.masked.load
// CHECK: arith.select
// CHECK-NOT: gather
// CHECK: return
func.func @turned(%x: tensor<64x128xf32>) -> tensor<64x128xf32> {
  %0 = etch.slice %x starts = [0, 1] limits = [64, 128] strides = [1, 1] : (tensor<64x128xf32>) -> tensor<64x127xf32>
  %1 = etch.slice %x starts = [0, 0] limits = [64, 1] strides = [1, 1] : (tensor<64x128xf32>) -> tensor<64x1xf32>
  %2 = etch.concatenate %0, %1 axis = 1 : (tensor<64x127xf32>, tensor<64x1xf32>) -> tensor<64x128xf32>
  %3 = etch.slice %x starts = [0, 127] limits = [64, 128] strides = [1, 1] : (tensor<64x128xf32>) -> tensor<64x1xf32>
  %4 = etch.slice %x starts = [0, 0] limits = [64, 127] strides = [1, 1] : (tensor<64x128xf32>) -> tensor<64x127xf32>
  %5 = etch.concatenate %3, %4 axis = 1 : (tensor<64x1xf32>, tensor<64x127xf32>) -> tensor<64x128xf32>
  %6 = etch.add %2, %5 : tensor<64x128xf32>
  return %6 : tensor<64x128xf32>
}

// -----

// Rows of two vectors: the first axis alone is looked at.
// CHECK-LABEL: func.func private @add
// CHECK: arith.cmpi ult
// CHECK-NOT: arith.cmpi ult
// CHECK: scf.if
// CHECK: } else {
// CHECK: return
func.func @narrow(%x: tensor<64x32xf32>, %v: tensor<f32>) -> tensor<66x32xf32> {
  %0 = etch.pad %x, %v low = [1, 0] high = [1, 0] interior = [0, 0] : (tensor<64x32xf32>, tensor<f32>) -> tensor<66x32xf32>
  %1 = etch.add %0, %0 : tensor<66x32xf32>
  return %1 : tensor<66x32xf32>
}
