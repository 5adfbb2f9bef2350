// RUN: etch-opt %s -split-input-file -verify-diagnostics

// The result has the dtype asked for.
func.func @cast_dtype(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.cast' op result is declared as i64[3]; operands and attributes give i32[3]}}
  %0 = etch.cast %x {dtype = i32} : (tensor<3xf32>) -> tensor<3xi64>
  return
}

// -----

// The dtype is one of Etch.
func.func @cast_element(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.cast' op element type f80 is not one of Etch's: i1, ui8, i32,}}
  %0 = etch.cast %x {dtype = f80} : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

// Operands have an element type of Etch.
func.func @operand_element(%x: tensor<3xf80>) {
  // expected-error@+1 {{'etch.cast' op operand #0 must be ranked tensor of element values}}
  %0 = etch.cast %x {dtype = f32} : (tensor<3xf80>) -> tensor<3xf32>
  return
}
