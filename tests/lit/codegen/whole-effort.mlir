// Which programs ask for all of LLVM's passes (docs/decisions/0087): those with tiles in kernels of their own, or with
// loops.
// RUN: split-file %s %t
// RUN: etch-opt %t/loop.mlir --stop-after=kernels | FileCheck %s --check-prefix=NOT
// RUN: etch-opt %t/product.mlir --stop-after=kernels | FileCheck %s --check-prefix=NOT
// RUN: etch-opt %t/tiny.mlir --stop-after=kernels | FileCheck %s --check-prefix=WHOLE
// RUN: etch-opt %t/convolution.mlir --stop-after=kernels | FileCheck %s --check-prefix=WHOLE
// RUN: etch-opt %t/loop.mlir --stop-after=target | FileCheck %s --check-prefix=ENTRY
// RUN: etch-opt %t/steps.mlir --stop-after=target | FileCheck %s --check-prefix=STEPS
// NOT: etch.kernel
// NOT-NOT: etch-whole-effort
// WHOLE: passthrough = ["etch-whole-effort"]
// ENTRY: @f_entry
// ENTRY-NOT: etch-whole-effort
// STEPS: @f_entry({{.*}}passthrough = ["etch-whole-effort"]

//--- loop.mlir
func.func @f(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = etch.add %x, %x : tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

//--- product.mlir
func.func @f(%x: tensor<64x96xf32>, %y: tensor<96x80xf32>) -> tensor<64x80xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<64x96xf32>, tensor<96x80xf32>) -> tensor<64x80xf32>
  return %0 : tensor<64x80xf32>
}

//--- tiny.mlir
func.func @f(%a: tensor<9x4x4xf32>, %b: tensor<9x4x4xf32>) -> tensor<9x4x4xf32> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [2] x [1] : (tensor<9x4x4xf32>, tensor<9x4x4xf32>) -> tensor<9x4x4xf32>
  return %0 : tensor<9x4x4xf32>
}

//--- convolution.mlir
func.func @f(%x: tensor<4x30x30x32xf32>, %w: tensor<3x3x32x64xf32>) -> tensor<4x28x28x64xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x30x30x32xf32>, tensor<3x3x32x64xf32>) -> tensor<4x28x28x64xf32>
  return %0 : tensor<4x28x28x64xf32>
}

//--- steps.mlir
func.func @f(%n: tensor<i64>, %x: tensor<64xf32>) -> tensor<64xf32> {
  %0 = etch.for %n to %n (%x) : (tensor<i64>, tensor<i64>, tensor<64xf32>) -> tensor<64xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<64xf32>):
    %1 = etch.add %a, %a : tensor<64xf32>
    etch.yield %1 : tensor<64xf32>
  }
  return %0 : tensor<64xf32>
}
