// RUN: etch-opt %s --etch-inline-calls -verify-diagnostics

func.func private @f(tensor<4xf32>) -> tensor<4xf32>
func.func @call(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'etch.call' op names @f, which is only declared}}
  %0 = etch.call @f(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
