// Maxima and minima of floats whose zeros keep their signs: three instructions of AVX-512 where LLVM takes six.
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=AVX512
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v3 -o - | FileCheck %s --check-prefix=AVX2

// AVX512-LABEL: maximum_minimum:
// AVX512: vrangeps $5, {{.*}}zmm
// AVX512: vrangeps $4, {{.*}}zmm
// AVX512-NOT: {{vpmovd2m|vblendmps}}
// AVX512: .size maximum_minimum

// AVX2-LABEL: maximum_minimum:
// AVX2-NOT: vrange
// AVX2: vmaxps {{.*}}ymm
func.func @f(%x: tensor<65536xf32>, %y: tensor<65536xf32>) -> tensor<65536xf32> {
  %0 = etch.maximum %x, %y : tensor<65536xf32>
  %1 = etch.minimum %0, %x : tensor<65536xf32>
  return %1 : tensor<65536xf32>
}
