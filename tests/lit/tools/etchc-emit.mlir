// REQUIRES: etchc
// RUN: etchc %s --emit=llvm | FileCheck %s --check-prefix=LLVM
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v3 | FileCheck %s --check-prefix=ASM
// RUN: etchc %s --emit=mlir:kernels --target-cpu=x86-64-v3 | FileCheck %s --check-prefix=UNIT
// UNIT: module attributes {{.*}}etch.vector_unit = "256x16+fma"
// RUN: etchc %s --emit=mlir:fused | FileCheck %s --check-prefix=MLIR
// RUN: etchc %s --emit=llvm --name=other | FileCheck %s --check-prefix=NAME
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v3 -o %t.s --header=%t.h
// RUN: FileCheck %s --check-prefix=FILE < %t.s
// The features that the code needs are written down.
// RUN: etchc %s --emit=llvm --target-cpu=x86-64-v3 | FileCheck %s --check-prefix=FEATURES

// LLVM: @double_it_program = constant
// LLVM: define i32 @double_it(ptr %0, ptr %1)
// LLVM: call i32 @etch_run_program(
// ASM: {{^}}double_it:
// ASM-NOT: zmm
// MLIR: etch.launch
// NAME: define i32 @other(ptr %0, ptr %1)
// NAME-NOT: double_it
// FILE: {{^}}double_it:
// FEATURES: c"ssse3,sse4.1,sse4.2,popcnt,avx,avx2,fma,f16c,bmi,bmi2,lzcnt,movbe\00"
func.func @double_it(%x: tensor<100xf32>) -> tensor<100xf32> {
  %0 = etch.add %x, %x : tensor<100xf32>
  return %0 : tensor<100xf32>
}
