// RUN: etch-opt %s | etch-opt | FileCheck %s

func.func private @f(tensor<2xf32>) -> tensor<2xf32>
func.func private @f_backward(tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>

// CHECK-LABEL: func.func @custom_vjp(
// CHECK: etch.custom_vjp @f backward @f_backward(%{{.*}}) : (tensor<2xf32>) -> tensor<2xf32>
func.func @custom_vjp(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.custom_vjp @f backward @f_backward(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
