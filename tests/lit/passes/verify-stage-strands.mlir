// Strands that run side by side must not wait for each other.
// RUN: etch-opt %s --etch-verify-stage=stage=buffers --split-input-file --verify-diagnostics

func.func @reads_another(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = etch.launch @neg(%x) slots = [0] {etch.strand = array<i64: 0, 0>} : (tensor<4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{is illegal at the end of stage 'buffers': it reads what another strand makes}}
  %1 = etch.launch @neg(%0) slots = [-1] {etch.strand = array<i64: 0, 1>} : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func private @neg(%x: tensor<4xf32>) -> tensor<4xf32> attributes {etch.kernel = "loop"} {
  %0 = etch.neg %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @in_two_parts(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = etch.launch @neg(%x) slots = [-1] {etch.strand = array<i64: 0, 0>} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = etch.launch @neg(%x) slots = [-2] {etch.strand = array<i64: 0, 1>} : (tensor<4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{is illegal at the end of stage 'buffers': its strand is in two parts}}
  %2 = etch.launch @neg(%x) slots = [-3] {etch.strand = array<i64: 0, 0>} : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}
func.func private @neg(%x: tensor<4xf32>) -> tensor<4xf32> attributes {etch.kernel = "loop"} {
  %0 = etch.neg %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
