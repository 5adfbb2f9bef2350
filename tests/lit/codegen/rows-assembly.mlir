// The machine code of rows, sums, windows and transposes: no element is read alone (what is done once a row is scalar),
// and no vector goes to the stack or comes from it (but a row's maximum in AVX2, and sums of columns, by design).
// RUN: split-file %s %t
// RUN: etchc %t/softmax.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/softmax.mlir --check-prefix=AVX512 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|s[sd][[:space:]].*,[48][)]}}"
// RUN: etchc %t/softmax.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/softmax.mlir --check-prefix=AVX2 \
// RUN:   --implicit-check-not="{{s[sd][[:space:]].*,[48][)]}}"
// RUN: etchc %t/norm.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/norm.mlir --check-prefix=AVX512 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|s[sd][[:space:]].*,[48][)]}}"
// RUN: etchc %t/norm.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/norm.mlir --check-prefix=AVX2 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|s[sd][[:space:]].*,[48][)]}}"
// RUN: etchc %t/sum.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/sum.mlir --check-prefix=AVX512 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|s[sd][[:space:]].*,[48][)]}}"
// RUN: etchc %t/sum.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/sum.mlir --check-prefix=AVX2 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|s[sd][[:space:]].*,[48][)]}}"
// RUN: etchc %t/pool.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/pool.mlir --check-prefix=AVX512 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|sub|mul|max|min)s[sd][[:space:]]}}"
// RUN: etchc %t/pool.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/pool.mlir --check-prefix=AVX2 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|sub|mul|max|min)s[sd][[:space:]]}}"
// RUN: etchc %t/transpose.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/transpose.mlir \
// RUN:   --check-prefix=AVX512 --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|p(ins|ext)r|insertps|extractps|movss}}"
// RUN: etchc %t/transpose.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/transpose.mlir \
// RUN:   --check-prefix=AVX2 --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|p(ins|ext)r|insertps|extractps|movss}}"

//--- softmax.mlir
// AVX512: vmaxps {{.*}}zmm
// AVX512: {{j[a-z]+}} .LBB
// AVX512: vfmadd{{.*}}zmm
// AVX512: vmovups %zmm
// AVX512: {{j[a-z]+}} .LBB
// AVX512: vmulps {{.*}}zmm
// AVX2: vmaxps {{.*}}ymm
// AVX2: {{j[a-z]+}} .LBB
// AVX2: vfmadd{{.*}}ymm
// AVX2: vmovups %ymm
// AVX2: {{j[a-z]+}} .LBB
// AVX2: vmulps {{.*}}ymm
func.func @f(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  %0 = etch.reduce_max %x axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %1 = etch.broadcast_in_dim %0 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %2 = etch.sub %x, %1 : tensor<64x1024xf32>
  %3 = etch.exp %2 : tensor<64x1024xf32>
  %4 = etch.reduce_sum %3 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %5 = etch.broadcast_in_dim %4 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %6 = etch.div %3, %5 : tensor<64x1024xf32>
  return %6 : tensor<64x1024xf32>
}

//--- norm.mlir
// AVX512-COUNT-4: vaddps {{.*}}zmm
// AVX512: {{j[a-z]+}} .LBB
// AVX512: vsubps {{.*}}zmm
// AVX512: {{j[a-z]+}} .LBB
// AVX512: vmulps {{.*}}zmm
// AVX512: vmovups %zmm
// AVX2-COUNT-4: vaddps {{.*}}ymm
// AVX2: {{j[a-z]+}} .LBB
// AVX2: vsubps {{.*}}ymm
// AVX2: {{j[a-z]+}} .LBB
// AVX2: vmulps {{.*}}ymm
// AVX2: vmovups %ymm
func.func @f(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  %n = etch.constant dense<0.0009765625> : tensor<64xf32>
  %0 = etch.reduce_sum %x axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %1 = etch.mul %0, %n : tensor<64xf32>
  %2 = etch.broadcast_in_dim %1 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %3 = etch.sub %x, %2 : tensor<64x1024xf32>
  %4 = etch.square %3 : tensor<64x1024xf32>
  %5 = etch.reduce_sum %4 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %6 = etch.rsqrt %5 : tensor<64xf32>
  %7 = etch.broadcast_in_dim %6 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %8 = etch.mul %3, %7 : tensor<64x1024xf32>
  return %8 : tensor<64x1024xf32>
}

//--- sum.mlir
// AVX512-COUNT-4: vaddps {{.*}}(%{{[a-z0-9]+}}{{.*}}), %zmm
// AVX512: {{j[a-z]+}} .LBB
// AVX2-COUNT-8: vaddps {{.*}}(%{{[a-z0-9]+}}{{.*}}), %ymm
// AVX2: {{j[a-z]+}} .LBB
func.func @f(%x: tensor<1048576xf32>) -> tensor<f32> {
  %0 = etch.reduce_sum %x axes = [0] : (tensor<1048576xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

//--- pool.mlir
// AVX512-COUNT-3: vmaxps {{.*}}zmm
// AVX512: {{j[a-z]+}} .LBB
// AVX2-COUNT-3: vmaxps {{.*}}ymm
// AVX2: {{j[a-z]+}} .LBB
func.func @f(%x: tensor<2x16x16x64xf32>) -> tensor<2x8x8x64xf32> {
  %0 = etch.reduce_window_max %x window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<2x16x16x64xf32>) -> tensor<2x8x8x64xf32>
  return %0 : tensor<2x8x8x64xf32>
}

//--- transpose.mlir
// AVX512: vunpck{{.*}}zmm
// AVX512: vmovups %zmm
// AVX512: {{j[a-z]+}} .LBB
// AVX2: vunpck{{.*}}ymm
// AVX2: vmovups %ymm
// AVX2: {{j[a-z]+}} .LBB
func.func @f(%x: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<512x512xf32>) -> tensor<512x512xf32>
  return %0 : tensor<512x512xf32>
}
