// REQUIRES: etch-run
// RUN: python3 %S/exit_code.py 2 etch-run | FileCheck %s --check-prefix=NONE
// NONE: etch-run: FILE.mlir is required
// NONE-NEXT: etch-run --help shows how it is used
// RUN: python3 %S/exit_code.py 2 etch-run %s --inptu x.npy | FileCheck %s --check-prefix=OPTION
// OPTION: etch-run: The following arguments were not expected: {{.*}}--inptu
// RUN: python3 %S/exit_code.py 2 etch-run %s --repeat 0 | FileCheck %s --check-prefix=REPEAT
// REPEAT: etch-run: --repeat: Value 0 not in range
// RUN: python3 %S/exit_code.py 2 etch-run %s | FileCheck %s --check-prefix=SEVERAL
// SEVERAL: run-bad-options.mlir has 2 public functions; choose one with --entry
// SEVERAL-NEXT: @one(tensor<2xf32>) -> tensor<2xf32>
// SEVERAL-NEXT: @two() -> ()
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry three | FileCheck %s --check-prefix=ENTRY
// ENTRY: etch-run: --entry: {{.*}}run-bad-options.mlir has no function @three; it has
// ENTRY-NEXT: @one
// ENTRY-NEXT: @two
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry two --stop-after=fusion | FileCheck %s --check-prefix=STAGE
// STAGE: etch-run: unknown stage 'fusion'; expected one of trace, grad, tensor, fused, buffers, kernels, target, binary, llvm, asm
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry two --stop-after=fused -o %t/none/x.mlir | FileCheck %s --check-prefix=OUTPUT
// OUTPUT: etch-run: -o: cannot write {{.*}}x.mlir: No such file or directory
// Files are not written over, and options that mean nothing are not passed by.
// RUN: mkdir -p %t && cd %t && python3 %S/make_npy.py 0.npy f4 2 1,2 && cp 0.npy kept.npy
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry one --input 0.npy --output-dir . | FileCheck %s --check-prefix=INPUT
// INPUT: etch-run: --output-dir: ./0.npy is also an input and would be written over; give another directory
// RUN: cmp 0.npy kept.npy
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry one --input 0.npy -o x.mlir | FileCheck %s --check-prefix=NOSTAGE
// NOSTAGE: etch-run: -o requires --stop-after
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry one --stop-after=fused --input 0.npy | FileCheck %s --check-prefix=UNUSED
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry one --stop-after=fused --repeat 3 | FileCheck %s --check-prefix=UNUSED
// RUN: python3 %S/exit_code.py 2 etch-run %s --entry one --stop-after=fused --output-dir . | FileCheck %s --check-prefix=UNUSED
// UNUSED: etch-run: --stop-after excludes --{{input|repeat|output-dir}}
func.func @one(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}
func.func @two() {
  return
}
