// RUN: etch-opt %s -split-input-file -verify-diagnostics

// Operands are tensors of Etch.
func.func @custom_vjp_element(%x: tensor<2xf80>) {
  // expected-error@+1 {{'etch.custom_vjp' op operand #0 must be variadic of ranked tensor of element values}}
  %0 = etch.custom_vjp @f backward @f_backward(%x) : (tensor<2xf80>) -> tensor<2xf32>
  return
}
