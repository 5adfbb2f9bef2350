// RUN: etch-opt %s -split-input-file -verify-diagnostics

// Operands are tensors of Etch.
func.func @call_element(%x: tensor<2xf80>) {
  // expected-error@+1 {{'etch.call' op operand #0 must be variadic of ranked tensor of element values}}
  %0 = etch.call @f(%x) : (tensor<2xf80>) -> tensor<2xf32>
  return
}
