// Products of f64, and products that are computed as dot products: the innermost loops keep every sum in its register
// and compute no element alone.
// RUN: split-file %s %t
// RUN: etchc %t/doubles.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/doubles.mlir --check-prefix=AVX512
// RUN: etchc %t/doubles.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/doubles.mlir --check-prefix=AVX2
// RUN: etchc %t/dots.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/dots.mlir --check-prefix=AVX512 \
// RUN:   --implicit-check-not="{{fmadd[0-9]+ss|mulss}}"
// RUN: etchc %t/dots.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/dots.mlir --check-prefix=AVX2 \
// RUN:   --implicit-check-not="{{fmadd[0-9]+ss|mulss}}"

//--- doubles.mlir
// AVX512-LABEL: etch_shared_gemm_f64.tile14x2:
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512-COUNT-28: vfmadd231pd {{.*}}zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512: j{{ne|le?|be?}} .LBB
// AVX2-LABEL: etch_shared_gemm_f64.tile6x2:
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2-COUNT-12: vfmadd231pd {{.*}}ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2: j{{ne|le?|be?}} .LBB
func.func @matmul(%x: tensor<40x331xf64>, %y: tensor<331x200xf64>) -> tensor<40x200xf64> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<40x331xf64>, tensor<331x200xf64>) -> tensor<40x200xf64>
  return %0 : tensor<40x200xf64>
}

//--- dots.mlir
// AVX512-LABEL: etch_shared_gemm_f32.dots1:
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512-COUNT-8: vfmadd231ps {{.*}}zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512: j{{ne|le?|be?}} .LBB
// AVX512-LABEL: etch_shared_gemm_f32.dots6:
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512-COUNT-24: vfmadd231ps {{.*}}zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512: j{{ne|le?|be?}} .LBB
// AVX2-LABEL: etch_shared_gemm_f32.dots1:
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2-COUNT-8: vfmadd231ps {{.*}}ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2: j{{ne|le?|be?}} .LBB
// AVX2-LABEL: etch_shared_gemm_f32.dots3:
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2-COUNT-12: vfmadd231ps {{.*}}ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2: j{{ne|le?|be?}} .LBB
func.func @f(%x: tensor<1x1024xf32>, %y: tensor<1024x1024xf32>) -> tensor<1x1024xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [1] : (tensor<1x1024xf32>, tensor<1024x1024xf32>) -> tensor<1x1024xf32>
  return %0 : tensor<1x1024xf32>
}
