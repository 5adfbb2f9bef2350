// RUN: etch-opt %s -split-input-file -verify-diagnostics

// The operand is a tensor of Etch.
func.func @stack_push_element(%x: tensor<2xf80>) {
  // expected-error@+1 {{'etch.stack_push' op operand #0 must be ranked tensor of element values}}
  etch.stack_push %x id = 3 : tensor<2xf80>
  return
}
