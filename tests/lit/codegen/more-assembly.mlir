// The machine code of small products, long windows, running results, rows that are added, and what attention computes
// between its products: no element is computed alone, and no vector of a sum goes to the stack or comes from it.
// RUN: split-file %s %t
// RUN: etchc %t/small.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/small.mlir \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/small.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/small.mlir \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/window.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/window.mlir --check-prefix=AVX512 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/window.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/window.mlir --check-prefix=AVX2 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/running.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/running.mlir --check-prefix=AVX512 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|addss}}"
// RUN: etchc %t/running.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/running.mlir --check-prefix=AVX2 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|addss}}"
// RUN: etchc %t/rows.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/rows.mlir --check-prefix=AVX512 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|addss}}"
// RUN: etchc %t/rows.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/rows.mlir --check-prefix=AVX2 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|addss}}"
// RUN: etchc %t/attention.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/attention.mlir --check-prefix=AVX512
// RUN: etchc %t/attention.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/attention.mlir --check-prefix=AVX2

// Six sums of six multiply-adds, of which the left operand's numbers are repeated.
//--- small.mlir
// CHECK: .LBB{{[0-9_]+}}:
// CHECK-COUNT-36: vfmadd{{.*}}ymm
// CHECK-COUNT-6: {{v(movups|maskmovps)}} %ymm
// CHECK: j{{l|le|ne|b}} .LBB
func.func @f(%x: tensor<1000x6x6xf32>, %y: tensor<1000x6x6xf32>) -> tensor<1000x6x6xf32> {
  %0 = etch.dot_general %x, %y batch = [0] x [0] contract = [2] x [1] : (tensor<1000x6x6xf32>, tensor<1000x6x6xf32>) -> tensor<1000x6x6xf32>
  return %0 : tensor<1000x6x6xf32>
}

//--- window.mlir
// AVX512-COUNT-8: vfmadd{{.*}}zmm
// AVX512: j{{l|le|ne|b}} .LBB
// AVX2-COUNT-8: vfmadd{{.*}}ymm
// AVX2: j{{l|le|ne|b}} .LBB
func.func @f(%x: tensor<4x1x16063x1xf32>, %w: tensor<1x64x1x1xf32>) -> tensor<4x1x16000x1xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x1x16063x1xf32>, tensor<1x64x1x1xf32>) -> tensor<4x1x16000x1xf32>
  return %0 : tensor<4x1x16000x1xf32>
}

// Four steps in a vector; the sum so far waits for one addition only.
//--- running.mlir
// AVX512: .LBB{{[0-9_]+}}:
// AVX512: vmovups ({{.*}}), %zmm
// AVX512-COUNT-6: vaddps {{.*}}zmm
// AVX512: vmovups %zmm
// AVX512: j{{l|le|ne|b}} .LBB
// AVX2: vmovups {{.*}}, %ymm
// AVX2-COUNT-8: vaddps {{.*}}ymm
// AVX2: vmovups %ymm
func.func @f(%x: tensor<64x4096xf32>) -> tensor<64x4096xf32> {
  %0 = etch.cumsum %x axis = 1 exclusive = 0 reverse = 0 : (tensor<64x4096xf32>) -> tensor<64x4096xf32>
  return %0 : tensor<64x4096xf32>
}

//--- rows.mlir
// AVX512: vaddps {{.*}}zmm
// AVX512: vmovups %zmm
// AVX2: vaddps {{.*}}ymm
// AVX2: vmovups %ymm
func.func @f(%x: tensor<100x64xf32>, %i: tensor<1000xi32>, %u: tensor<1000x64xf32>) -> tensor<100x64xf32> {
  %0 = etch.scatter_add %x, %i, %u axis = 0 : (tensor<100x64xf32>, tensor<1000xi32>, tensor<1000x64xf32>) -> tensor<100x64xf32>
  return %0 : tensor<100x64xf32>
}

// The largest score of a row, e^(score - largest) and their sum: what is done once a row is scalar.
//--- attention.mlir
// AVX512-LABEL: dot_product_attention:
// AVX512: vmaxps {{.*}}zmm
// AVX512-NOT: {{(max|exp|fmadd[0-9]+)s[sd][[:space:]].*,[48][)]}}
// AVX512: j{{l|le|ne|b}} .LBB
// AVX512: vfmadd{{.*}}zmm
// AVX512: vmovups %zmm
// AVX512: j{{l|le|ne|b}} .LBB
// AVX512-LABEL: {{^}}etch_shared_gemm_f32:
// AVX2-LABEL: dot_product_attention:
// AVX2: vmaxps {{.*}}ymm
// AVX2: j{{l|le|ne|b}} .LBB
// AVX2: vfmadd{{.*}}ymm
// AVX2: vmovups %ymm
// AVX2-LABEL: {{^}}etch_shared_gemm_f32:
func.func @f(%q: tensor<3x300x64xf32>, %k: tensor<3x300x64xf32>, %v: tensor<3x300x64xf32>) -> tensor<3x300x64xf32> {
  %r, %l = etch.dot_product_attention %q, %k, %v causal = 0
    : (tensor<3x300x64xf32>, tensor<3x300x64xf32>, tensor<3x300x64xf32>) -> (tensor<3x300x64xf32>, tensor<3x300xf32>)
  return %r : tensor<3x300x64xf32>
}
