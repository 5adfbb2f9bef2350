// REQUIRES: etch-run
// RUN: etch-run %s --stop-after=trace | FileCheck %s --check-prefix=TRACE
// RUN: etch-run %s --stop-after=grad | FileCheck %s --check-prefix=GRAD
// RUN: etch-run %s --stop-after=tensor | FileCheck %s --check-prefix=TENSOR
// RUN: etch-run %s --stop-after=fused | FileCheck %s --check-prefix=FUSED
// RUN: etch-run %s --stop-after=buffers -o %t.mlir
// RUN: FileCheck %s --check-prefix=BUFFERS < %t.mlir
// RUN: etch-run %s --stop-after=kernels | FileCheck %s --check-prefix=KERNELS
// RUN: etch-run %s --stop-after=target | FileCheck %s --check-prefix=TARGET
// RUN: etch-run %s --stop-after=llvm | FileCheck %s --check-prefix=LLVM
// RUN: etch-run %s --stop-after=asm | FileCheck %s --check-prefix=ASM

// TRACE: etch.vjp @f
// GRAD-NOT: etch.vjp
// GRAD: etch.mul
// TENSOR-NOT: private
// TENSOR: func.func @main
// FUSED: etch.launch
// BUFFERS: etch.launch
// KERNELS: vector.
// TARGET: llvm.func
// LLVM: define {{.*}} @main_entry(
// ASM: main_entry:
func.func private @f(%x: tensor<20xf32>) -> tensor<20xf32> {
  %0 = etch.square %x : tensor<20xf32>
  return %0 : tensor<20xf32>
}
func.func @main(%x: tensor<20xf32>) -> tensor<20xf32> {
  %0:2 = etch.vjp @f(%x) cotangents(%x) wrt = [0] : (tensor<20xf32>, tensor<20xf32>) -> (tensor<20xf32>, tensor<20xf32>)
  return %0#1 : tensor<20xf32>
}
