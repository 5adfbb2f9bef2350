// Results of one vector of columns: tiles of up to 28 rows, whose sums stay in registers, the elements of the left
// operand operands of the multiplications.
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=AVX512
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=AVX2

// AVX512-LABEL: etch_shared_gemm_f32.narrow28:
// AVX512: vfmadd231ps (%{{[a-z0-9]+}}){1to16}, %zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-COUNT-27: vfmadd231ps {{.*}}{1to16}, %zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512: j{{ne|l|be}}

// AVX2-LABEL: etch_shared_gemm_f32.narrow12:
// AVX2: vbroadcastss (%{{[a-z0-9]+}}), %ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-COUNT-12: vfmadd231ps {{.*}}ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2: j{{ne|l|be}}
func.func @narrow(%x: tensor<100x64xf32>, %y: tensor<64x8xf32>) -> tensor<100x8xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<100x64xf32>, tensor<64x8xf32>) -> tensor<100x8xf32>
  return %0 : tensor<100x8xf32>
}
