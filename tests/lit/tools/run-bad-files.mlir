// REQUIRES: etch-run
// Files that are missing, cut short, or hold something else: exit code 2, and a message that names the file.
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py x.npy f4 2,3 range
// RUN: python3 %S/make_npy.py double.npy f8 2,3 range
// RUN: python3 %S/make_npy.py turned.npy f4 3,2 range
// RUN: head -c 140 x.npy > short.npy
// RUN: head -c 4 x.npy > stub.npy
// RUN: echo text > text.npy

// RUN: python3 %S/exit_code.py 2 etch-run %s --input none.npy x.npy | FileCheck %s --check-prefix=MISSING
// MISSING: etch-run: {{.*}}none.npy: no such file
// RUN: python3 %S/exit_code.py 2 etch-run %s --input x.npy short.npy | FileCheck %s --check-prefix=SHORT
// SHORT: etch-run: {{.*}}short.npy: truncated: the header promises f32[2,3], but only 12 bytes of data follow
// RUN: python3 %S/exit_code.py 2 etch-run %s --input x.npy stub.npy | FileCheck %s --check-prefix=STUB
// STUB: etch-run: {{.*}}stub.npy:
// RUN: python3 %S/exit_code.py 2 etch-run %s --input x.npy text.npy | FileCheck %s --check-prefix=TEXT
// TEXT: etch-run: {{.*}}text.npy:

// RUN: python3 %S/exit_code.py 2 etch-run %s --input x.npy | FileCheck %s --check-prefix=COUNT
// COUNT: etch-run: 1 inputs came, but @add takes 2:
// COUNT-NEXT: 0: 'x' f32[2,3]
// COUNT-NEXT: 1: argument 1 f32[2,3] (variable)
// COUNT-NEXT: give one --input FILE.npy for each, in this order
// RUN: python3 %S/exit_code.py 2 etch-run %s --input x.npy double.npy | FileCheck %s --check-prefix=DTYPE
// DTYPE: etch-run: input 1, double.npy, holds f64[2,3], but the program expects argument 1 f32[2,3]; convert it with array.astype("float32")
// RUN: python3 %S/exit_code.py 2 etch-run %s --input turned.npy x.npy | FileCheck %s --check-prefix=SHAPE
// SHAPE: etch-run: input 0, turned.npy, holds f32[3,2], but the program expects 'x' f32[2,3]; reshape it

// RUN: python3 %S/exit_code.py 2 etch-run %s --input x.npy x.npy --output-dir x.npy | FileCheck %s --check-prefix=DIRECTORY
// DIRECTORY: etch-run: --output-dir: cannot create x.npy: Not a directory
// RUN: python3 %S/exit_code.py 2 etch-run none.mlir | FileCheck %s --check-prefix=MODULE
// MODULE: etch-run: cannot read none.mlir: No such file or directory
func.func @add(%x: tensor<2x3xf32> {etch.name = "x"}, %y: tensor<2x3xf32> {etch.kind = "variable"}) -> tensor<2x3xf32> {
  %0 = etch.add %x, %y : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
