// RUN: etch-opt %s -split-input-file -verify-diagnostics

// The slice has the operand's extents without the first.
func.func @store_slice_c1(%x: tensor<5x2xf32>, %s: tensor<1x2xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{'etch.store_slice' op needs a slice of 'tensor<5x2xf32>' along its first axis; got 'tensor<1x2xf32>'}}
  %0 = etch.store_slice %s into %x at %i : (tensor<5x2xf32>, tensor<1x2xf32>, tensor<i64>) -> tensor<5x2xf32>
  return
}

// -----

// Its place is an address, so all extents are known.
func.func @store_slice_c1_unknown(%x: tensor<?x2xf32>, %s: tensor<2xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{'etch.store_slice' op needs a slice of 'tensor<?x2xf32>' along its first axis; got 'tensor<2xf32>'}}
  %0 = etch.store_slice %s into %x at %i : (tensor<?x2xf32>, tensor<2xf32>, tensor<i64>) -> tensor<?x2xf32>
  return
}
