// The machine code of depthwise convolutions and of gradients by the data: sums stay in registers, nothing is scalar.
// RUN: split-file %s %t
// RUN: etchc %t/depthwise.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/depthwise.mlir --check-prefix=AVX512 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/depthwise.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/depthwise.mlir --check-prefix=AVX2 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/data.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %t/data.mlir --check-prefix=AVX512
// RUN: etchc %t/data.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %t/data.mlir --check-prefix=AVX2

//--- depthwise.mlir
// AVX512: vfmadd{{.*}}zmm
// AVX2: vfmadd{{.*}}ymm
func.func @f(%x: tensor<2x28x28x64xf32>, %w: tensor<3x3x1x64xf32>) -> tensor<2x26x26x64xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 64 x 1 : (tensor<2x28x28x64xf32>, tensor<3x3x1x64xf32>) -> tensor<2x26x26x64xf32>
  return %0 : tensor<2x26x26x64xf32>
}

// The filters are turned first; then this is a convolution.
//--- data.mlir
// AVX512-LABEL: convolution:
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512-COUNT-16: vfmadd231ps {{.*}}zmm
// AVX512-NOT: rsp){{.*}}zmm
// AVX512-NOT: zmm{{.*}}rsp
// AVX512: j{{ne|le?|be?}} .LBB
// AVX2-LABEL: convolution:
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2-COUNT-8: vfmadd231ps {{.*}}ymm
// AVX2-NOT: rsp){{.*}}ymm
// AVX2-NOT: ymm{{.*}}rsp
// AVX2: j{{ne|le?|be?}} .LBB
func.func @f(%g: tensor<4x28x28x64xf32>, %w: tensor<3x3x32x64xf32>) -> tensor<4x30x30x32xf32> {
  %r = etch.reverse %w axes = [0, 1] : (tensor<3x3x32x64xf32>) -> tensor<3x3x32x64xf32>
  %0 = etch.convolution %g, %r axes = [0, 3, 1, 2] x [2, 3, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [2, 2] high = [2, 2] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x28x28x64xf32>, tensor<3x3x32x64xf32>) -> tensor<4x30x30x32xf32>
  return %0 : tensor<4x30x30x32xf32>
}
