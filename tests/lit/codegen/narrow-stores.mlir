// The last lane of 33 is stored in as many bytes as it has: a store that narrows under a mask of one lane, which LLVM knew
// to be one, wrote 32 bits.
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s

// CHECK-LABEL: cast:
// CHECK-NOT: vmovss
// CHECK: vpmovdb %zmm{{[0-9]+}}, {{.*}} {%k{{[0-9]}}}
// CHECK-NOT: vmovss
// CHECK: ret
func.func @bytes(%x: tensor<33xi32>) -> tensor<33xui8> {
  %0 = etch.cast %x {dtype = ui8} : (tensor<33xi32>) -> tensor<33xui8>
  return %0 : tensor<33xui8>
}
