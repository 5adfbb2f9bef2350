// RUN: etch-opt %s -split-input-file -verify-diagnostics

// Operands are tensors of Etch.
func.func @call_element(%x: tensor<2xf80>) {
  // expected-error@+1 {{'etch.call' op operand #0 must be variadic of ranked tensor of element values}}
  %0 = etch.call @f(%x) : (tensor<2xf80>) -> tensor<2xf32>
  return
}

// -----

func.func @call_nothing(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{'etch.call' op names @f, which the module does not define}}
  %0 = etch.call @f(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func private @f(tensor<4xf32>) -> tensor<4xf32>
func.func @call_type(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @below {{'etch.call' op has type '(tensor<3xf32>) -> tensor<3xf32>', but @f is '(tensor<4xf32>) -> tensor<4xf32>'}}
  %0 = etch.call @f(%x) : (tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
