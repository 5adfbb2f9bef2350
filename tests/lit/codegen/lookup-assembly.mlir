// The coefficients of erf of f32 are looked up in registers: seven permutations for each vector, and no gather.
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=AVX512
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=AVX2
// RUN: etchc %s --emit=asm --target-cpu=x86-64 -o - | FileCheck %s --check-prefix=SSE2

// AVX512-LABEL: erf_kernel:
// AVX512: vmovups {{.*}},4), %zmm
// AVX512-NOT: {{xmm|ymm|call|rsp|gather}}
// AVX512-COUNT-28: vpermps {{.*}}zmm
// AVX512-NOT: {{vperm|xmm|ymm|call|rsp}}
// AVX512: j{{ne|l|b}}

// AVX2-LABEL: erf_kernel:
// AVX2-COUNT-28: vpermps {{.*}}ymm
// AVX2-NOT: {{vperm|zmm|call|gather}}
// AVX2: j{{ne|l|b}}

// SSE2-LABEL: erf_kernel:
// SSE2-NOT: {{ymm|zmm|perm}}
func.func @f(%x: tensor<65536xf32>) -> tensor<65536xf32> {
  %0 = etch.erf %x : tensor<65536xf32>
  return %0 : tensor<65536xf32>
}
