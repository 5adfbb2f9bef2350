// RUN: etch-opt %s -split-input-file -verify-diagnostics

// scan_c1: element types are those of the op's constraint.
func.func @scan_c1(%x: tensor<3xi32>) {
  // expected-error@+1 {{'etch.linear_scan' op operand #0 must be ranked tensor of floating-point values}}
  %0 = etch.linear_scan %x, %x axis = 0 reverse = 0 : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
  return
}

// -----

// linear_scan_c1: operands have one type.
func.func @linear_scan_c1(%x: tensor<3xf32>, %y: tensor<4xf32>) {
  // expected-error@+1 {{'etch.linear_scan' op factors and terms differ: f32[3] and f32[4]}}
  %0 = etch.linear_scan %x, %y axis = 0 reverse = 0 : (tensor<3xf32>, tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

// scan_c2: the axis is in range.
func.func @scan_c2(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'etch.linear_scan' op axis 2 is out of range for f32[2,3]}}
  %0 = etch.linear_scan %x, %x axis = 2 reverse = 0 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// scan_c3: flags are 0 or 1.
func.func @scan_c3(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.linear_scan' op reverse is 0 or 1; got 2}}
  %0 = etch.linear_scan %x, %x axis = 0 reverse = 2 : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}
