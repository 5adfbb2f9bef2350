// RUN: etch-opt %s -split-input-file -verify-diagnostics

// Operands are tensors of Etch.
func.func @host_call_element(%x: tensor<2xf80>) {
  // expected-error@+1 {{'etch.host_call' op operand #0 must be variadic of ranked tensor of element values}}
  etch.host_call 7(%x) : (tensor<2xf80>) -> ()
  return
}

// -----

// Results are tensors of Etch.
func.func @host_call_result() {
  // expected-error@+1 {{'etch.host_call' op result #0 must be variadic of ranked tensor of element values}}
  %0 = etch.host_call 7() : () -> tensor<2xf80>
  return
}
