// The machine code of the innermost loops: every sum stays in its register (the stack holds only counts), rows are
// addressed without arithmetic. The right operand is large enough to be packed on the way.
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=AVX512
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=AHEAD
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=AVX2
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v2 -o - | FileCheck %s --check-prefix=SSE

// AVX512-LABEL: etch_shared_gemm_f32.tile14x2:
// AVX512: vbroadcastss (%[[P:[a-z0-9]+]]), %zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512-COUNT-26: vfmadd231ps {{.*}}zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512: vbroadcastss (%{{[a-z0-9]+}},%{{[a-z0-9]+}},2), %zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512-COUNT-2: vfmadd231ps {{.*}}zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512: j{{ne|l|be}}

// The tile that packs stores what it has loaded, and needs no more registers for sums.
// AVX512-LABEL: etch_shared_gemm_f32.fill14x2:
// AVX512: vbroadcastss (%[[P:[a-z0-9]+]]), %zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512-COUNT-26: vfmadd231ps {{.*}}zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512: vbroadcastss (%{{[a-z0-9]+}},%{{[a-z0-9]+}},2), %zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512-COUNT-2: vfmadd231ps {{.*}}zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512: j{{ne|l|be}}

// AVX2-LABEL: etch_shared_gemm_f32.tile6x2:
// AVX2: vbroadcastss (%{{[a-z0-9]+}}), %ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2-COUNT-12: vfmadd231ps {{.*}}ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2: j{{ne|l}}
// AVX2-LABEL: etch_shared_gemm_f32.fill6x2:
// AVX2: vbroadcastss (%{{[a-z0-9]+}}), %ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2-COUNT-12: vfmadd231ps {{.*}}ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2: j{{ne|l}}

// Packed panels are asked for in L1; rows in place that become one in L2 if they crowd the sets of L1.
// AHEAD-LABEL: etch_shared_gemm_f32.tile14x2:
// AHEAD-NOT: prefetcht1
// AHEAD-LABEL: etch_shared_gemm_f32.fill14x2:
// AHEAD: prefetcht1

// Without fused multiply-add nothing calls fmaf.
// SSE-NOT: fmaf
// SSE: mulps
// SSE-NOT: fmaf
func.func @matmul(%x: tensor<42x1024xf32>, %y: tensor<1024x1024xf32>) -> tensor<42x1024xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<42x1024xf32>, tensor<1024x1024xf32>) -> tensor<42x1024xf32>
  return %0 : tensor<42x1024xf32>
}
