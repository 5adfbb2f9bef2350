// RUN: etch-opt %s -split-input-file -verify-diagnostics

// The results are the carried values.
func.func @while_carried(%x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.while' op carries (tensor<2xf32>) but returns (tensor<3xf32>)}}
  %0 = etch.while(%x) : (tensor<2xf32>) -> tensor<3xf32> {
  ^bb0(%y: tensor<2xf32>):
    etch.yield %y : tensor<2xf32>
  } do {
  ^bb0(%y: tensor<2xf32>):
    etch.yield %y : tensor<2xf32>
  }
  return
}

// -----

// cond yields one bool.
func.func @while_cond(%x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.while' op cond region yields (tensor<2xf32>), expected (tensor<i1>)}}
  %0 = etch.while(%x) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%y: tensor<2xf32>):
    etch.yield %y : tensor<2xf32>
  } do {
  ^bb0(%y: tensor<2xf32>):
    etch.yield %y : tensor<2xf32>
  }
  return
}

// -----

// Both regions take the carried values.
func.func @while_arguments(%p: tensor<i1>, %x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.while' op body region takes (tensor<3xf32>), expected (tensor<2xf32>)}}
  %0 = etch.while(%x) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%y: tensor<2xf32>):
    etch.yield %p : tensor<i1>
  } do {
  ^bb0(%y: tensor<3xf32>):
    etch.yield %x : tensor<2xf32>
  }
  return
}

// -----

// body yields the next carried values.
func.func @while_body(%p: tensor<i1>, %x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.while' op body region yields (tensor<i1>), expected (tensor<2xf32>)}}
  %0 = etch.while(%x) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%y: tensor<2xf32>):
    etch.yield %p : tensor<i1>
  } do {
  ^bb0(%y: tensor<2xf32>):
    etch.yield %p : tensor<i1>
  }
  return
}
