// RUN: etch-opt %s | etch-opt | FileCheck %s

func.func private @kernel(%x: tensor<2xf32>) -> tensor<2xf32> attributes {etch.kernel} {
  %0 = etch.neg %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @launch(
// CHECK: etch.launch @kernel(%{{.*}}) : (tensor<2xf32>) -> tensor<2xf32>
// CHECK: etch.launch @kernel(%{{.*}}) slots = [-1] : (tensor<2xf32>) -> tensor<2xf32>
func.func @launch(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.launch @kernel(%x) : (tensor<2xf32>) -> tensor<2xf32>
  %1 = etch.launch @kernel(%0) slots = [-1] : (tensor<2xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}
