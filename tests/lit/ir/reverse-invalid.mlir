// RUN: etch-opt %s -split-input-file -verify-diagnostics

// reverse_c1: axes are in range.
func.func @reverse_c1(%x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.reverse' op axis 1 is out of range for f32[2]}}
  %0 = etch.reverse %x axes = [1] : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

// reverse_c2: axes are unique.
func.func @reverse_c2(%x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.reverse' op axis 0 is listed twice}}
  %0 = etch.reverse %x axes = [0, 0] : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.reverse' op result is declared as f32[3]; operands and attributes give f32[2]}}
  %0 = etch.reverse %x axes = [0] : (tensor<2xf32>) -> tensor<3xf32>
  return
}
