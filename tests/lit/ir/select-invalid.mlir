// RUN: etch-opt %s -split-input-file -verify-diagnostics

// select_c1: pred is boolean.
func.func @select_c1(%p: tensor<2xi32>, %x: tensor<2xf32>, %y: tensor<2xf32>) {
  // expected-error@+1 {{'etch.select' op operand #0 must be ranked tensor of}}
  %0 = etch.select %p, %x, %y : tensor<2xi32>, tensor<2xf32>
  return
}

// -----

// elementwise_c2: element types are equal.
func.func @elementwise_c2(%p: tensor<2xi1>, %x: tensor<2xf32>, %y: tensor<2xi32>) {
  // expected-error@+1 {{'etch.select' op failed to verify that all of {on_true, on_false, result} have same type}}
  %0 = "etch.select"(%p, %x, %y) : (tensor<2xi1>, tensor<2xf32>, tensor<2xi32>) -> tensor<2xf32>
  return
}

// -----

// elementwise_c3: ranks and known extents are equal.
func.func @elementwise_c3(%p: tensor<3xi1>, %x: tensor<2xf32>, %y: tensor<2xf32>) {
  // expected-error@+1 {{'etch.select' op operands have different shapes: bool[3] and f32[2]}}
  %0 = etch.select %p, %x, %y : tensor<3xi1>, tensor<2xf32>
  return
}
