// One element is stored in as many bytes as it has: LLVM's own plain store of a lane that narrows to 8 or 16 bits under
// a mask that it knows writes 32.
// RUN: etchc %s --entry=bytes --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s
// RUN: etchc %s --entry=lines --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=LINES

// The last lane of 33.
// CHECK-LABEL: cast:
// CHECK-NOT: vmovss
// CHECK: movb %{{[a-z]+}}, 32(%r
// CHECK-NOT: vmovss
// CHECK: ret
func.func @bytes(%x: tensor<33xi32>) -> tensor<33xui8> {
  %0 = etch.cast %x {dtype = ui8} : (tensor<33xi32>) -> tensor<33xui8>
  return %0 : tensor<33xui8>
}

// Lines of one element, whose number LLVM finds out.
// LINES-LABEL: cumsum:
// LINES-NOT: vmovss
// LINES: movw %{{[a-z]+}}, (%r
// LINES-NOT: vmovss
// LINES: ret
func.func @lines(%x: tensor<5x1xbf16>) -> tensor<5x1xbf16> {
  %0 = etch.cumsum %x axis = 1 exclusive = 0 reverse = 1 : (tensor<5x1xbf16>) -> tensor<5x1xbf16>
  return %0 : tensor<5x1xbf16>
}
