// d = a * b + c; e = a * b * c: one a * b, one kernel.
// RUN: etch-opt %s --stop-after=tensor | FileCheck %s --check-prefix=TENSOR
// RUN: etch-opt %s --stop-after=fused | FileCheck %s --check-prefix=FUSED

// TENSOR-COUNT-1: etch.mul %arg0, %arg1
// TENSOR-NOT: etch.mul %arg0, %arg1

// FUSED-COUNT-1: etch.launch
// FUSED-NOT: etch.launch
// FUSED-COUNT-1: func.func private
// FUSED-NOT: func.func
func.func @products(%a: tensor<8xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = etch.mul %a, %b : tensor<8xf32>
  %1 = etch.add %0, %c : tensor<8xf32>
  %2 = etch.mul %a, %b : tensor<8xf32>
  %3 = etch.mul %2, %c : tensor<8xf32>
  return %1, %3 : tensor<8xf32>, tensor<8xf32>
}
