// The machine code of convolutions: sums stay in registers (no vector goes to the stack or comes from it), and nothing
// is scalar. AVX-512 has 32 registers, AVX2 16: tiles are as large as that.
// RUN: split-file %s %t
// RUN: etchc %t/forward.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=FORWARD-AVX512 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/forward.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=FORWARD-AVX2 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/few_inputs.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=FEWINPUTS-AVX512 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/few_inputs.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=FEWINPUTS-AVX2 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/filters.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=FILTERS-AVX512 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/filters.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=FILTERS-AVX2 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/few_outputs.mlir --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=FEWOUTPUTS-AVX512 \
// RUN:   --implicit-check-not="{{[yz]mm.*[(]%rsp|[(]%rsp.*[yz]mm|(add|mul|fmadd[0-9]+)ss}}"
// RUN: etchc %t/few_outputs.mlir --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=FEWOUTPUTS-AVX2 \
// RUN:   --implicit-check-not="{{(add|mul|fmadd[0-9]+)ss}}"

// FORWARD-AVX512-COUNT-28: vfmadd231ps {{.*}}zmm
// FORWARD-AVX512: j{{l|be?|ne}}

// FORWARD-AVX2-COUNT-12: vfmadd231ps {{.*}}ymm
// FORWARD-AVX2: j{{l|be?|ne}}

// FEWINPUTS-AVX512-COUNT-70: vfmadd231ps {{.*}}zmm
// FEWINPUTS-AVX512: j{{l|be?|ne}}

// FEWINPUTS-AVX2-COUNT-30: vfmadd231ps {{.*}}ymm
// FEWINPUTS-AVX2: j{{l|be?|ne}}

// FILTERS-AVX512-COUNT-22: vfmadd231ps {{.*}}zmm
// FILTERS-AVX512: j{{l|be?|ne}}

// FILTERS-AVX2-COUNT-12: vfmadd231ps {{.*}}ymm
// FILTERS-AVX2: j{{l|be?|ne}}

// FEWOUTPUTS-AVX512-COUNT-10: vfmadd231ps {{.*}}zmm
// FEWOUTPUTS-AVX512: j{{l|be?|ne}}

// Around the loops over rows of the window a sum may lie on the stack.
// FEWOUTPUTS-AVX2: vbroadcastss (%{{[a-z0-9]+}}), %ymm
// FEWOUTPUTS-AVX2-NOT: rsp
// FEWOUTPUTS-AVX2-COUNT-10: vfmadd231ps {{.*}}ymm
// FEWOUTPUTS-AVX2-NOT: rsp
// FEWOUTPUTS-AVX2: j{{l|ne}}

//--- forward.mlir
func.func @forward(%x: tensor<4x30x30x32xf32>, %w: tensor<3x3x32x64xf32>) -> tensor<4x28x28x64xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x30x30x32xf32>, tensor<3x3x32x64xf32>) -> tensor<4x28x28x64xf32>
  return %0 : tensor<4x28x28x64xf32>
}


//--- few_inputs.mlir
func.func @few_inputs(%x: tensor<4x32x32x1xf32>, %w: tensor<5x5x1x32xf32>) -> tensor<4x28x28x32xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x32x32x1xf32>, tensor<5x5x1x32xf32>) -> tensor<4x28x28x32xf32>
  return %0 : tensor<4x28x28x32xf32>
}


//--- filters.mlir
func.func @filters(%x: tensor<4x30x30x33xf32>, %g: tensor<4x28x28x64xf32>) -> tensor<3x3x33x64xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x30x30x33xf32>, tensor<4x28x28x64xf32>) -> tensor<3x3x33x64xf32>
  return %0 : tensor<3x3x33x64xf32>
}


//--- few_outputs.mlir
func.func @few_outputs(%x: tensor<4x36x36x32xf32>, %w: tensor<5x5x32x1xf32>) -> tensor<4x32x32x1xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x36x36x32xf32>, tensor<5x5x32x1xf32>) -> tensor<4x32x32x1xf32>
  return %0 : tensor<4x32x32x1xf32>
}
