// Permutations of 256 bits, which look coefficients up, came with AVX2: code for processors with AVX alone once ended the
// compiler.
// RUN: etchc %s --emit=asm --target-cpu=sandybridge -o - | FileCheck %s
// RUN: etchc %s --emit=asm --target-cpu=bdver2 -o - | FileCheck %s

// CHECK-LABEL: erf_kernel:
// CHECK-NOT: {{vpermps|vpermd}}
// CHECK: {{vaddps|vfmaddps}} {{.*}}ymm
// CHECK-NOT: {{vpermps|vpermd}}
// CHECK: .size erf_kernel
func.func @f(%x: tensor<65536xf32>) -> tensor<65536xf32> {
  %0 = etch.erf %x : tensor<65536xf32>
  return %0 : tensor<65536xf32>
}
