// RUN: etch-opt %s -split-input-file -verify-diagnostics

// The result has the type of the value.
func.func @constant_type() {
  // expected-error@+1 {{'etch.constant' op failed to verify that all of {value, result} have same type}}
  %0 = "etch.constant"() <{value = dense<1.0> : tensor<2xf32>}> : () -> tensor<3xf32>
  return
}

// -----

// Elements are of an element type of Etch.
func.func @constant_element() {
  // expected-error@+1 {{'etch.constant' op result #0 must be ranked tensor of element values}}
  %0 = etch.constant dense<1> : tensor<2xi16>
  return
}
