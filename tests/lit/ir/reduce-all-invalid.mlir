// RUN: etch-opt %s -split-input-file -verify-diagnostics

// reduction_c1: element types are those of the op's constraint.
func.func @reduction_c1(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.reduce_all' op operand #0 must be ranked tensor of}}
  %0 = etch.reduce_all %x axes = [0] : (tensor<3xf32>) -> tensor<f32>
  return
}

// -----

// reduction_c2: axes are in range.
func.func @reduction_c2_above(%x: tensor<2x3xi1>) {
  // expected-error@+1 {{'etch.reduce_all' op axis 2 is out of range for bool[2,3]}}
  %0 = etch.reduce_all %x axes = [2] : (tensor<2x3xi1>) -> tensor<2xi1>
  return
}

// -----

// reduction_c2: axes are in range.
func.func @reduction_c2_negative(%x: tensor<2x3xi1>) {
  // expected-error@+1 {{'etch.reduce_all' op axis -1 is out of range for bool[2,3]}}
  %0 = etch.reduce_all %x axes = [-1] : (tensor<2x3xi1>) -> tensor<2xi1>
  return
}

// -----

// reduction_c3: axes are unique.
func.func @reduction_c3(%x: tensor<2x3xi1>) {
  // expected-error@+1 {{'etch.reduce_all' op axis 1 is listed twice}}
  %0 = etch.reduce_all %x axes = [1, 1] : (tensor<2x3xi1>) -> tensor<2xi1>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<2x3xi1>) {
  // expected-error@+1 {{'etch.reduce_all' op result is declared as bool[2]; operands and attributes give bool[3]}}
  %0 = etch.reduce_all %x axes = [0] : (tensor<2x3xi1>) -> tensor<2xi1>
  return
}
