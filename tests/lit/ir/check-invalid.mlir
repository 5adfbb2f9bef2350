// RUN: etch-opt %s -split-input-file -verify-diagnostics

// pred is one bool.
func.func @check_pred(%p: tensor<2xi1>) {
  // expected-error@+1 {{'etch.check' op operand #0 must be 0D tensor of 1-bit signless integer values}}
  etch.check %p, "must hold" : tensor<2xi1>
  return
}
