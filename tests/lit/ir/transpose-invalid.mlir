// RUN: etch-opt %s -split-input-file -verify-diagnostics

// transpose_c1: permutation has one entry for each axis.
func.func @transpose_c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'etch.transpose' op permutation needs one entry for each axis of f32[2,3]; got [1]}}
  %0 = etch.transpose %x permutation = [1] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return
}

// -----

// transpose_c2: entries are axes of the operand.
func.func @transpose_c2(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'etch.transpose' op axis 2 is out of range for f32[2,3] in permutation [1,2]}}
  %0 = etch.transpose %x permutation = [1, 2] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return
}

// -----

// transpose_c3: entries are unique.
func.func @transpose_c3(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'etch.transpose' op axis 0 is listed twice in permutation [0,0]}}
  %0 = etch.transpose %x permutation = [0, 0] : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'etch.transpose' op result is declared as f32[2,3]; operands and attributes give f32[3,2]}}
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}
