// Values between kernels begin on cache lines.
// RUN: split-file %s %t
// RUN: etch-opt %t/aligned.mlir --etch-verify-stage=stage=buffers
// RUN: not etch-opt %t/unaligned.mlir --etch-verify-stage=stage=buffers 2>&1 | FileCheck %s

// CHECK: is illegal at the end of stage 'buffers': slots begin on cache lines

//--- aligned.mlir
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> attributes {etch.slot_offsets = array<i64: 0, 128>} {
  return %x : tensor<2xf32>
}
//--- unaligned.mlir
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> attributes {etch.slot_offsets = array<i64: 0, 72>} {
  return %x : tensor<2xf32>
}
