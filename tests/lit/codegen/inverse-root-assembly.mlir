// The root and the division of rsqrt are behind a branch, which one comparison of the largest of four vectors decides.
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=AVX512
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=AVX2

// AVX512-LABEL: rsqrt:
// AVX512: vmovdqu64 {{.*}},4), %zmm
// AVX512-NOT: {{vcmp|vpcmp|vsqrt|vdiv|xmm|ymm|call|rsp}}
// AVX512-COUNT-3: vpmaxud {{.*}}zmm
// AVX512-NEXT: vpcmp{{.*}}zmm
// AVX512-NEXT: kortest
// AVX512-NEXT: j
// AVX512: vsqrtps {{.*}}zmm
// AVX512: vdivps {{.*}}zmm

// AVX2-LABEL: rsqrt:
// AVX2: vmovdqu {{.*}},4), %ymm
// AVX2-NOT: {{vcmp|vsqrt|vdiv|zmm|call}}
// AVX2: vpmovmskb
// AVX2: vsqrtps {{.*}}ymm
// AVX2: vdivps {{.*}}ymm
func.func @f(%x: tensor<65536xf32>) -> tensor<65536xf32> {
  %0 = etch.rsqrt %x : tensor<65536xf32>
  return %0 : tensor<65536xf32>
}
