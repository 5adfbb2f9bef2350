// RUN: etch-opt %s -split-input-file -verify-diagnostics

// Operands are tensors of Etch.
func.func @print_element(%x: tensor<2xf80>) {
  // expected-error@+1 {{'etch.print' op operand #0 must be variadic of ranked tensor of element values}}
  etch.print "{}"(%x) : tensor<2xf80>
  return
}
