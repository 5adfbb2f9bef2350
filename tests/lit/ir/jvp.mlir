// RUN: etch-opt %s | etch-opt | FileCheck %s

func.func private @f(tensor<2xf32>) -> tensor<2xf32>

// CHECK-LABEL: func.func @jvp(
// CHECK: etch.jvp @f(%{{.*}}) tangents(%{{.*}}) wrt = [0] : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
func.func @jvp(%x: tensor<2xf32>, %t: tensor<2xf32>) -> tensor<2xf32> {
  %0:2 = etch.jvp @f(%x) tangents(%t) wrt = [0] : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
  return %0#1 : tensor<2xf32>
}
