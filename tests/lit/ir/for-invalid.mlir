// RUN: etch-opt %s -split-input-file -verify-diagnostics

// Bounds are i64 scalars.
func.func @for_bounds(%n: tensor<i32>) {
  // expected-error@+1 {{'etch.for' op operand #0 must be 0D tensor of 64-bit signless integer values}}
  etch.for %n to %n() : (tensor<i32>, tensor<i32>) -> () {
  ^bb0(%i: tensor<i32>):
    etch.yield
  }
  return
}

// -----

// The results are the carried values.
func.func @for_carried(%n: tensor<i64>, %x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.for' op carries (tensor<2xf32>) but returns ()}}
  etch.for %n to %n(%x) : (tensor<i64>, tensor<i64>, tensor<2xf32>) -> () {
  ^bb0(%i: tensor<i64>, %y: tensor<2xf32>):
    etch.yield
  }
  return
}

// -----

// The region takes the counter and the carried values.
func.func @for_arguments(%n: tensor<i64>, %x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.for' op body region takes (tensor<2xf32>), expected (tensor<i64>, tensor<2xf32>)}}
  %0 = etch.for %n to %n(%x) : (tensor<i64>, tensor<i64>, tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%y: tensor<2xf32>):
    etch.yield %y : tensor<2xf32>
  }
  return
}

// -----

// The region yields the next carried values.
func.func @for_body(%n: tensor<i64>, %x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.for' op body region yields (tensor<i64>), expected (tensor<2xf32>)}}
  %0 = etch.for %n to %n(%x) : (tensor<i64>, tensor<i64>, tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%i: tensor<i64>, %y: tensor<2xf32>):
    etch.yield %i : tensor<i64>
  }
  return
}
