// The machine code of the hot loop of math functions: whole registers only, no call, no constant or value on the stack,
// and a division each. tanh and sigmoid of one x share the exponential: four vectors scale by powers of two twice.
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=AVX512
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=DIVIDES
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=AVX2

// AVX512-LABEL: tanh_sigmoid_mul:
// AVX512: vmovups {{.*}},4), %zmm
// AVX512-NOT: {{xmm|ymm|call|rsp}}
// AVX512-COUNT-8: vscalefps {{.*}}zmm
// AVX512-NOT: {{vscalef|xmm|ymm|call|rsp}}
// AVX512: prefetcht0
// AVX512: j{{ne|l|b}}

// DIVIDES-LABEL: tanh_sigmoid_mul:
// DIVIDES-COUNT-8: vdivps {{.*}}zmm
// DIVIDES-NOT: vdivps

// AVX2-LABEL: tanh_sigmoid_mul:
// AVX2: vmovups {{.*}},4), %ymm
// AVX2-NOT: {{call|[0-9]ss|mulss|addss|zmm}}
// AVX2: prefetcht0
// AVX2: j{{ne|l|b}}
func.func @f(%x: tensor<65536xf32>) -> tensor<65536xf32> {
  %0 = etch.tanh %x : tensor<65536xf32>
  %1 = etch.sigmoid %x : tensor<65536xf32>
  %2 = etch.mul %0, %1 : tensor<65536xf32>
  return %2 : tensor<65536xf32>
}
