// bf16 where the processor multiplies pairs in vectors and has no tiles: a pair takes the place of an f32 in panels and
// register tiles, sums become results when a tile is complete. Policy strict adds in order, as everywhere; so do
// processors without the instruction.
// RUN: etch-opt %s --stop-after=kernels | FileCheck %s
// RUN: etch-opt %s --stop-after=kernels --strict | FileCheck %s --check-prefix=STRICT
// RUN: etchc %s --emit=asm --target-cpu=cooperlake -o - | FileCheck %s --check-prefix=ASM
// RUN: etchc %s --emit=asm --target-cpu=cooperlake -o - | FileCheck %s --check-prefix=HELD
// RUN: etchc %s --emit=asm --target-cpu=znver4 -o - | FileCheck %s --check-prefix=ASM
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=OTHER

// CHECK-LABEL: func.func private @etch_shared_gemm_bf16_pairs(
// CHECK: call @etch_shared_gemm_bf16_pairs.pack
// CHECK: call @etch_shared_gemm_bf16_pairs.copy
// CHECK: func.func private @etch_shared_gemm_bf16_pairs.tile14x2
// CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.cvtne2ps2bf16.512"
// CHECK: llvm.intr.masked.store {{.*}} vector<32xbf16>
// STRICT-NOT: llvm.x86

// ASM-LABEL: etch_shared_gemm_bf16_pairs.tile14x2:
// ASM-COUNT-28: vdpbf16ps {{.*}}zmm
// No sum leaves its register until the loop's branch.
// HELD-LABEL: etch_shared_gemm_bf16_pairs.tile14x2:
// HELD: vdpbf16ps
// HELD-NOT: rsp){{.*}}zmm
// HELD-NOT: zmm{{.*}}rsp
// HELD: {{^[[:space:]]+j[a-z]+[[:space:]]}}
// OTHER-NOT: vdpbf16ps
module attributes {etch.vector_unit = "512x32+fma+pairs"} {
  func.func @matmul(%x: tensor<40x331xbf16>, %y: tensor<331x200xbf16>) -> tensor<40x200xbf16> {
    %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<40x331xbf16>, tensor<331x200xbf16>) -> tensor<40x200xbf16>
    return %0 : tensor<40x200xbf16>
  }
}
