// Products of a small depth: a function for each number of steps keeps them for some vectors of columns in registers,
// and rows pass by: the only loads of a row are those of its factors.
// RUN: etch-opt %s --stop-after=kernels | FileCheck %s
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=AVX512
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=AVX2

// CHECK: func.func private @etch_shared_gemm_f32(
// CHECK: call @etch_shared_gemm_f32.shallow1(
// CHECK: call @etch_shared_gemm_f32.shallow6(
// CHECK-LABEL: func.func private @etch_shared_gemm_f32.shallow2(
// Eight vectors of the right operand, then rows.
// CHECK-COUNT-8: llvm.load {{.*}} -> vector<
// CHECK: scf.for
// CHECK: llvm.load {{.*}} -> f32
// CHECK-COUNT-4: math.fma
// CHECK: llvm.load {{.*}} -> f32
// CHECK-COUNT-4: math.fma
// CHECK-COUNT-4: llvm.store {{.*}} : vector<
// CHECK: scf.yield

// Six steps of four vectors, of two where there are sixteen registers; no sum leaves them before it is complete.
// AVX512-LABEL: etch_shared_gemm_f32.shallow6:
// AVX512: vbroadcastss (%{{[a-z0-9]+}}), %zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-COUNT-24: vfmadd{{.*}} %zmm{{.*}}, %zmm{{.*}}, %zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-COUNT-4: vmovups %zmm
// AVX512: j{{ne|l}}

// AVX2-LABEL: etch_shared_gemm_f32.shallow6:
// AVX2: vbroadcastss (%{{[a-z0-9]+}}), %ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-COUNT-12: vfmadd{{.*}} %ymm{{.*}}, %ymm{{.*}}, %ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-COUNT-2: vmovups %ymm
// AVX2: j{{ne|l}}
func.func @shallow(%x: tensor<40x6xf32>, %y: tensor<6x200xf32>) -> tensor<40x200xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<40x6xf32>, tensor<6x200xf32>) -> tensor<40x200xf32>
  return %0 : tensor<40x200xf32>
}
