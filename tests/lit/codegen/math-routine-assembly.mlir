// Calls of math routines: operands and results in registers, values that outlive a call in whole cache lines of the
// stack, elements of the kernel's operands read again, the routine itself without a scalar or its stack.
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=AVX512
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=AVX2

// AVX512-LABEL: mul_tanh_add_mul:
// AVX512: andq $-64, %rsp
// AVX512: vmovups {{.*}},4), %zmm
// AVX512-NOT: {{xmm|ymm|vmovups.*rsp|vzeroupper}}
// AVX512: vmovaps %zmm{{[0-9]+}}, {{[0-9]*}}(%rsp)
// AVX512: callq etch_shared_tanh_x64xf32
// AVX512-COUNT-4: vaddps {{[0-9]*}}(%rsp), %zmm
// AVX512-COUNT-4: vmulps {{.*}},4), %zmm
// AVX512-NOT: {{xmm|ymm|vmovups.*rsp|vzeroupper}}
// AVX512: j{{ne|l|b}}
// AVX512-LABEL: etch_shared_tanh_x64xf32:
// AVX512-NOT: {{xmm|ymm|call}}
// AVX512-COUNT-4: vscalefps {{.*}}zmm
// AVX512-NOT: {{xmm|ymm|call}}
// AVX512: retq

// AVX2-LABEL: mul_tanh_add_mul:
// AVX2: andq $-{{32|64}}, %rsp
// AVX2: callq etch_shared_tanh_x32xf32
// AVX2-LABEL: etch_shared_tanh_x32xf32:
// AVX2-NOT: {{call|[0-9]ss|mulss|addss|zmm}}
// AVX2: retq
func.func @f(%x: tensor<1024xf32>, %y: tensor<1024xf32>) -> tensor<1024xf32> {
  %0 = etch.mul %x, %y : tensor<1024xf32>
  %1 = etch.tanh %0 : tensor<1024xf32>
  %2 = etch.add %1, %0 : tensor<1024xf32>
  %3 = etch.mul %2, %x : tensor<1024xf32>
  return %3 : tensor<1024xf32>
}
