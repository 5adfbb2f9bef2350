// A kernel is not called what LLVM calls where a processor (here one without SSE 4.1) has no instruction to round.
// RUN: etchc %s --emit=asm --target-cpu=x86-64 -o - | FileCheck %s
// CHECK: {{^}}floor_kernel:
// CHECK: callq floorf
func.func @f(%x: tensor<5xf32>, %y: tensor<5xf64>) -> (tensor<5xf32>, tensor<5xf64>) {
  %0 = etch.floor %x : tensor<5xf32>
  %1 = etch.floor %y : tensor<5xf64>
  return %0, %1 : tensor<5xf32>, tensor<5xf64>
}
