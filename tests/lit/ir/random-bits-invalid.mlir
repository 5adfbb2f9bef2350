// RUN: etch-opt %s -split-input-file -verify-diagnostics

// random_c1: the state is i64[2].
func.func @random_c1_extent(%s: tensor<3xi64>) {
  // expected-error@+1 {{'etch.random_bits' op needs a state i64[2]; got i64[3]}}
  %0 = etch.random_bits %s shape = [2] {dtype = i32} : (tensor<3xi64>) -> tensor<2xi32>
  return
}

// -----

// random_c1: the state is i64[2].
func.func @random_c1_type(%s: tensor<2xi32>) {
  // expected-error@+1 {{'etch.random_bits' op operand #0 must be 1D tensor of 64-bit signless integer values}}
  %0 = etch.random_bits %s shape = [2] {dtype = i32} : (tensor<2xi32>) -> tensor<2xi32>
  return
}

// -----

// random_c2: the shape is one that a scalar broadcasts to.
func.func @random_c2(%s: tensor<2xi64>) {
  // expected-error@+1 {{'etch.random_bits' op shape [-1] needs one size operand for each -1; got 0}}
  %0 = etch.random_bits %s shape = [-1] {dtype = i32} : (tensor<2xi64>) -> tensor<?xi32>
  return
}

// -----

// random_bits_c1: the element type is one that has a rule for its bits.
func.func @random_bits_c1(%s: tensor<2xi64>) {
  // expected-error@+1 {{'etch.random_bits' op draws i32 or i64; got f32}}
  %0 = etch.random_bits %s shape = [2] {dtype = f32} : (tensor<2xi64>) -> tensor<2xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%s: tensor<2xi64>) {
  // expected-error@+1 {{'etch.random_bits' op result is declared as i32[3]; operands and attributes give i32[2]}}
  %0 = etch.random_bits %s shape = [2] {dtype = i32} : (tensor<2xi64>) -> tensor<3xi32>
  return
}
