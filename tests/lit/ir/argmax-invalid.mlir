// RUN: etch-opt %s -split-input-file -verify-diagnostics

// reduction_c1: element types are those of the op's constraint.
func.func @reduction_c1(%x: tensor<3xi1>) {
  // expected-error@+1 {{'etch.argmax' op operand #0 must be ranked tensor of number values}}
  %0 = etch.argmax %x axis = 0 : (tensor<3xi1>) -> tensor<i64>
  return
}

// -----

// reduction_c2: axes are in range.
func.func @reduction_c2(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'etch.argmax' op axis 2 is out of range for f32[2,3]}}
  %0 = etch.argmax %x axis = 2 : (tensor<2x3xf32>) -> tensor<2xi64>
  return
}

// -----

// argmax_c1: the axis is not empty.
func.func @argmax_c1(%x: tensor<2x0xf32>) {
  // expected-error@+1 {{'etch.argmax' op axis 1 of f32[2,0] is empty: it has no largest element}}
  %0 = etch.argmax %x axis = 1 : (tensor<2x0xf32>) -> tensor<2xi64>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'etch.argmax' op result is declared as i64[3]; operands and attributes give i64[2]}}
  %0 = etch.argmax %x axis = 1 : (tensor<2x3xf32>) -> tensor<3xi64>
  return
}
