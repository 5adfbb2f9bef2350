// RUN: etch-opt %s -split-input-file -verify-diagnostics

// scan_c1: element types are those of the op's constraint.
func.func @scan_c1(%x: tensor<3xi1>) {
  // expected-error@+1 {{'etch.cummax' op operand #0 must be ranked tensor of number values}}
  %0 = etch.cummax %x axis = 0 reverse = 0 : (tensor<3xi1>) -> tensor<3xi1>
  return
}

// -----

// scan_c2: the axis is in range.
func.func @scan_c2(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'etch.cummax' op axis 2 is out of range for f32[2,3]}}
  %0 = etch.cummax %x axis = 2 reverse = 0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// scan_c3: flags are 0 or 1.
func.func @scan_c3(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.cummax' op reverse is 0 or 1; got 2}}
  %0 = etch.cummax %x axis = 0 reverse = 2 : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.cummax' op result is declared as f32[4]; operands and attributes give f32[3]}}
  %0 = etch.cummax %x axis = 0 reverse = 0 : (tensor<3xf32>) -> tensor<4xf32>
  return
}
