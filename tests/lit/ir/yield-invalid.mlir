// RUN: etch-opt %s -split-input-file -verify-diagnostics

// A yield stands in a region of if, while or for.
func.func @yield_parent(%x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.yield' op expects parent op to be one of}}
  etch.yield %x : tensor<2xf32>
}
