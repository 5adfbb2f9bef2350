// Products of integers multiply and add in two instructions. However long the processor at hand takes for either, the
// innermost loop keeps every sum in its register: a product is added before there are too many.
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s
// RUN: etchc %s --emit=asm --target-cpu=icelake-server -o - | FileCheck %s
// RUN: etchc %s --emit=asm --target-cpu=znver4 -o - | FileCheck %s
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=AVX2

// CHECK-LABEL: etch_shared_gemm_i32.tile14x2:
// CHECK: vpmulld {{.*}}zmm
// CHECK-NOT: rsp){{.*}}zmm
// CHECK-NOT: zmm{{.*}}rsp
// CHECK: j{{ne|l|be|ge}}

// AVX2-LABEL: etch_shared_gemm_i32.tile6x2:
// AVX2: vpmulld {{.*}}ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2-COUNT-11: vpmulld {{.*}}ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2: j{{ne|l|be|ge}}
func.func @matmul(%x: tensor<40x331xi32>, %y: tensor<331x200xi32>) -> tensor<40x200xi32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<40x331xi32>, tensor<331x200xi32>) -> tensor<40x200xi32>
  return %0 : tensor<40x200xi32>
}
