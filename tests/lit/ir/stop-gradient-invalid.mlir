// RUN: etch-opt %s -split-input-file -verify-diagnostics

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.stop_gradient' op result is declared as f32[4]; operands and attributes give f32[3]}}
  %0 = "etch.stop_gradient"(%x) : (tensor<3xf32>) -> tensor<4xf32>
  return
}
