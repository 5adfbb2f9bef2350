// RUN: etch-opt %s -split-input-file -verify-diagnostics

// pred is one bool.
func.func @if_pred(%p: tensor<2xi1>) {
  // expected-error@+1 {{'etch.if' op operand #0 must be 0D tensor of 1-bit signless integer values}}
  etch.if %p : (tensor<2xi1>) -> () {
    etch.yield
  } else {
    etch.yield
  }
  return
}

// -----

// Both regions yield the result types.
func.func @if_then_types(%p: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{'etch.if' op then region yields (tensor<3xf32>), expected (tensor<2xf32>)}}
  %0 = etch.if %p : (tensor<i1>) -> tensor<2xf32> {
    etch.yield %y : tensor<3xf32>
  } else {
    etch.yield %x : tensor<2xf32>
  }
  return
}

// -----

func.func @if_else_types(%p: tensor<i1>, %x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.if' op else region yields (), expected (tensor<2xf32>)}}
  %0 = etch.if %p : (tensor<i1>) -> tensor<2xf32> {
    etch.yield %x : tensor<2xf32>
  } else {
    etch.yield
  }
  return
}

// -----

// Regions end in a yield.
func.func @if_terminator(%p: tensor<i1>) {
  // expected-error@+1 {{'etch.if' op then region must end in etch.yield}}
  "etch.if"(%p) ({
    %0 = etch.logical_not %p : tensor<i1>
  }, {
    etch.yield
  }) : (tensor<i1>) -> ()
  return
}

// -----

// Regions take no arguments: they see the values around them.
func.func @if_arguments(%p: tensor<i1>) {
  // expected-error@+1 {{'etch.if' op region #0 should have no arguments}}
  "etch.if"(%p) ({
  ^bb0(%x: tensor<i1>):
    etch.yield
  }, {
    etch.yield
  }) : (tensor<i1>) -> ()
  return
}
