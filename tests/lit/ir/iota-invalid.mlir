// RUN: etch-opt %s -split-input-file -verify-diagnostics

// iota_c1: elements are numbers.
func.func @iota_c1() {
  // expected-error@+1 {{'etch.iota' op result #0 must be ranked tensor of number values}}
  %0 = etch.iota shape = [2] axis = 0 {dtype = i1} : () -> tensor<2xi1>
  return
}

// -----

// iota_c2: the shape is one that a scalar broadcasts to.
func.func @iota_c2_size() {
  // expected-error@+1 {{'etch.iota' op shape [-1] needs one size operand for each -1; got 0}}
  %0 = etch.iota shape = [-1] axis = 0 {dtype = i64} : () -> tensor<?xi64>
  return
}

// -----

// iota_c2: the shape is one that a scalar broadcasts to.
func.func @iota_c2_negative() {
  // expected-error@+1 {{'etch.iota' op extent -3 of axis 0 in shape [-3] is negative}}
  %0 = etch.iota shape = [-3] axis = 0 {dtype = i64} : () -> tensor<3xi64>
  return
}

// -----

// iota_c2: the shape is one that a scalar broadcasts to.
func.func @iota_c2_rank() {
  // expected-error@+1 {{'etch.iota' op shape [1,1,1,1,1,1,1,1,1] has rank 9; at most 8 axes are supported}}
  %0 = etch.iota shape = [1, 1, 1, 1, 1, 1, 1, 1, 1] axis = 0 {dtype = i64} : () -> tensor<1xi64>
  return
}

// -----

// iota_c3: the axis is in range.
func.func @iota_c3() {
  // expected-error@+1 {{'etch.iota' op axis 2 is out of range for i64[2,3]}}
  %0 = etch.iota shape = [2, 3] axis = 2 {dtype = i64} : () -> tensor<2x3xi64>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type() {
  // expected-error@+1 {{'etch.iota' op result is declared as f32[2,3]; operands and attributes give i64[2,3]}}
  %0 = etch.iota shape = [2, 3] axis = 1 {dtype = i64} : () -> tensor<2x3xf32>
  return
}
