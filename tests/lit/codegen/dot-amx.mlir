// bf16 where the processor has AMX: both operands are packed into tiles, four registers hold the sums. Policy strict adds in
// order, as everywhere.
// RUN: etch-opt %s --stop-after=kernels | FileCheck %s
// RUN: etch-opt %s --stop-after=kernels --strict | FileCheck %s --check-prefix=STRICT

// CHECK-LABEL: func.func private @etch_shared_gemm_bf16_amx(
// CHECK: llvm.call_intrinsic "llvm.x86.ldtilecfg"
// CHECK: call @etch_shared_gemm_bf16_amx.right
// CHECK: call @etch_shared_gemm_bf16_amx.left
// CHECK: call @etch_shared_gemm_bf16_amx.tiles2x2
// CHECK: call @etch_shared_gemm_bf16_amx.tiles2x1
// CHECK: call @etch_shared_gemm_bf16_amx.tiles1x2
// CHECK: call @etch_shared_gemm_bf16_amx.tiles1x1
// CHECK: llvm.call_intrinsic "llvm.x86.tilerelease"
// CHECK: func.func private @etch_shared_gemm_bf16_amx.left
// CHECK: llvm.load {{.*}} -> vector<32xi16>
// CHECK: llvm.intr.masked.load {{.*}} vector<32xi16>
// CHECK: func.func private @etch_shared_gemm_bf16_amx.tiles1x1
// CHECK: scf.for
// CHECK-COUNT-1: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK-NOT: tdpbf16ps
// CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.cvtneps2bf16.512"
// CHECK: func.func private @etch_shared_gemm_bf16_amx.tiles2x2
// CHECK: scf.for
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK-NOT: tdpbf16ps
// CHECK: llvm.call_intrinsic "llvm.x86.tilestored64"
// CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.cvtne2ps2bf16.512"
// CHECK: llvm.intr.masked.store {{.*}} vector<32xbf16>
// STRICT-NOT: llvm.x86
// STRICT: arith.mulf {{.*}} : vector<16xf32>
module attributes {etch.vector_unit = "512x32+fma+amx"} {
  func.func @matmul(%x: tensor<40x33xbf16>, %y: tensor<33x20xbf16>) -> tensor<40x20xbf16> {
    %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<40x33xbf16>, tensor<33x20xbf16>) -> tensor<40x20xbf16>
    return %0 : tensor<40x20xbf16>
  }
}
