// Hot loops of AVX2 work on whole vectors, whatever the width of an element: no lane is taken out, put in or computed
// alone. (Products, convolutions, math functions: dot-assembly, conv-assembly, math-assembly.)
// RUN: split-file %s %t
// RUN: etchc %t/bf16.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/bf16.mlir \
// RUN:   --implicit-check-not="{{(add|sub|mul|max|min|comi)s[sd]|p(ins|ext)r|insertps|extractps|zmm}}"
// RUN: etchc %t/f16.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/f16.mlir \
// RUN:   --implicit-check-not="{{(add|sub|mul|max|min|comi)s[sd]|p(ins|ext)r|insertps|extractps|zmm}}"
// RUN: etchc %t/u8.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/u8.mlir \
// RUN:   --implicit-check-not="{{(add|sub|mul|max|min|comi)s[sd]|p(ins|ext)r|insertps|extractps|zmm}}"
// RUN: etchc %t/i64.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/i64.mlir \
// RUN:   --implicit-check-not="{{(add|sub|mul|max|min|comi)s[sd]|p(ins|ext)r|insertps|extractps|zmm}}"
// RUN: etchc %t/bool.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/bool.mlir \
// RUN:   --implicit-check-not="{{(add|sub|mul|max|min|comi)s[sd]|p(ins|ext)r|insertps|extractps|zmm}}"
// RUN: etchc %t/columns.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/columns.mlir \
// RUN:   --implicit-check-not="{{(add|sub|mul|max|min|comi)s[sd]|p(ins|ext)r|insertps|extractps|zmm}}"
// RUN: etchc %t/scan.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/scan.mlir \
// RUN:   --implicit-check-not="{{(add|sub|mul|max|min|comi)s[sd]|p(ins|ext)r|insertps|extractps|zmm}}"
// RUN: etchc %t/transpose.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/transpose.mlir \
// RUN:   --implicit-check-not="{{(add|sub|mul|max|min|comi)s[sd]|p(ins|ext)r|insertps|extractps|zmm}}"
// RUN: etchc %t/reverse.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/reverse.mlir \
// RUN:   --implicit-check-not="{{(add|sub|mul|max|min|comi)s[sd]|p(ins|ext)r|insertps|extractps|zmm}}"

//--- bf16.mlir
// CHECK: vpmovzxwd {{.*}}ymm
// CHECK: vaddps {{.*}}ymm
// CHECK: vmovdqu %ymm
// CHECK: {{j[a-z]+}} .LBB
func.func @f(%x: tensor<4096xbf16>, %y: tensor<4096xbf16>) -> tensor<4096xbf16> {
  %0 = etch.add %x, %y : tensor<4096xbf16>
  return %0 : tensor<4096xbf16>
}

//--- f16.mlir
// CHECK: vcvtph2ps {{.*}}ymm
// CHECK: vmulps {{.*}}ymm
// CHECK: vcvtps2ph
// CHECK: {{j[a-z]+}} .LBB
func.func @f(%x: tensor<4096xf16>, %y: tensor<4096xf16>) -> tensor<4096xf16> {
  %0 = etch.mul %x, %y : tensor<4096xf16>
  return %0 : tensor<4096xf16>
}

//--- u8.mlir
// CHECK: vpaddb
// CHECK: {{j[a-z]+}} .LBB
func.func @f(%x: tensor<4096xui8>, %y: tensor<4096xui8>) -> tensor<4096xui8> {
  %0 = etch.add %x, %y : tensor<4096xui8>
  return %0 : tensor<4096xui8>
}

//--- i64.mlir
// CHECK: vpmuludq {{.*}}ymm
// CHECK: {{j[a-z]+}} .LBB
func.func @f(%x: tensor<4096xi64>, %y: tensor<4096xi64>) -> tensor<4096xi64> {
  %0 = etch.mul %x, %y : tensor<4096xi64>
  return %0 : tensor<4096xi64>
}

//--- bool.mlir
// CHECK: vcmpltps {{.*}}ymm
// CHECK: {{j[a-z]+}} .LBB
func.func @f(%x: tensor<4096xf32>, %z: tensor<4096xf32>, %y: tensor<4096xi1>) -> tensor<4096xi1> {
  %0 = etch.less %x, %z : (tensor<4096xf32>, tensor<4096xf32>) -> tensor<4096xi1>
  %1 = etch.logical_or %0, %y : tensor<4096xi1>
  return %1 : tensor<4096xi1>
}

//--- columns.mlir
// CHECK: vaddps {{.*}}ymm
// CHECK: {{j[a-z]+}} .LBB
func.func @f(%x: tensor<512x64xf32>) -> tensor<64xf32> {
  %0 = etch.reduce_sum %x axes = [0] : (tensor<512x64xf32>) -> tensor<64xf32>
  return %0 : tensor<64xf32>
}

//--- scan.mlir
// CHECK: vaddps {{.*}}ymm
// CHECK: {{j[a-z]+}} .LBB
func.func @f(%x: tensor<64x512xf32>) -> tensor<64x512xf32> {
  %0 = etch.cumsum %x axis = 1 exclusive = 0 reverse = 0 : (tensor<64x512xf32>) -> tensor<64x512xf32>
  return %0 : tensor<64x512xf32>
}

//--- transpose.mlir
// CHECK: vpunpck
// CHECK: {{j[a-z]+}} .LBB
func.func @f(%x: tensor<64x512xbf16>) -> tensor<512x64xbf16> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<64x512xbf16>) -> tensor<512x64xbf16>
  return %0 : tensor<512x64xbf16>
}

//--- reverse.mlir
// CHECK: vpshufb
// CHECK: {{j[a-z]+}} .LBB
func.func @f(%x: tensor<4096xbf16>) -> tensor<4096xbf16> {
  %0 = etch.reverse %x axes = [0] : (tensor<4096xbf16>) -> tensor<4096xbf16>
  return %0 : tensor<4096xbf16>
}
