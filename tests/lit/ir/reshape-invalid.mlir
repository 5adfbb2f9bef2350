// RUN: etch-opt %s -split-input-file -verify-diagnostics

// shape_c1: the result's rank is supported.
func.func @shape_c1(%x: tensor<1xf32>, %n: tensor<i64>) {
  // expected-error@+1 {{'etch.reshape' op shape [1,1,1,1,1,1,1,1,1] has rank 9; at most 8 axes are supported}}
  %0 = etch.reshape %x shape = [1, 1, 1, 1, 1, 1, 1, 1, 1] : (tensor<1xf32>) -> tensor<f32>
  return
}

// -----

// shape_c2: extents are -1 or not negative.
func.func @shape_c2(%x: tensor<1xf32>, %n: tensor<i64>) {
  // expected-error@+1 {{'etch.reshape' op extent -2 of axis 1 in shape [2,-2] is negative}}
  %0 = etch.reshape %x shape = [2, -2] : (tensor<1xf32>) -> tensor<2xf32>
  return
}

// -----

// shape_c3: there is one size operand for each -1.
func.func @shape_c3_missing(%x: tensor<1xf32>, %n: tensor<i64>) {
  // expected-error@+1 {{'etch.reshape' op shape [-1] needs one size operand for each -1; got 0}}
  %0 = etch.reshape %x shape = [-1] : (tensor<1xf32>) -> tensor<?xf32>
  return
}

// -----

// shape_c3: there is one size operand for each -1.
func.func @shape_c3_extra(%x: tensor<1xf32>, %n: tensor<i64>) {
  // expected-error@+1 {{'etch.reshape' op shape [2] needs one size operand for each -1; got 1}}
  %0 = etch.reshape %x sizes %n shape = [2] : (tensor<1xf32>, tensor<i64>) -> tensor<2xf32>
  return
}

// -----

// shape_c4: size operands are i64 scalars.
func.func @shape_c4(%x: tensor<1xf32>, %n: tensor<1xi64>) {
  // expected-error@+1 {{'etch.reshape' op operand #1 must be variadic of 0D tensor of 64-bit signless integer values}}
  %0 = etch.reshape %x sizes %n shape = [-1] : (tensor<1xf32>, tensor<1xi64>) -> tensor<?xf32>
  return
}

// -----

// reshape_c1: the number of elements stays.
func.func @reshape_c1(%x: tensor<2x6xf32>) {
  // expected-error@+1 {{'etch.reshape' op f32[2,6] has 12 elements, but shape [3,5] has 15}}
  %0 = etch.reshape %x shape = [3, 5] : (tensor<2x6xf32>) -> tensor<3x5xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<2x6xf32>) {
  // expected-error@+1 {{'etch.reshape' op result is declared as f32[4,3]; operands and attributes give f32[3,4]}}
  %0 = etch.reshape %x shape = [3, 4] : (tensor<2x6xf32>) -> tensor<4x3xf32>
  return
}
