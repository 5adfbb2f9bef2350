// Elementwise ops behind a contraction run in its kernel.
// RUN: etch-opt %s --etch-form-kernels --split-input-file | FileCheck %s

// Whatever they compute: the kernel holds their code once, not once a tile.
// CHECK-LABEL: func.func @layer
// CHECK: %[[R:.*]] = etch.launch @dot_general_add_tanh(%arg0, %arg1, %arg2)
// CHECK-NEXT: return %[[R]]
// CHECK: func.func private @dot_general_add_tanh
// CHECK: etch.dot_general
// CHECK: etch.broadcast_in_dim
// CHECK: etch.add
// CHECK: etch.tanh
func.func @layer(%x: tensor<4x3xf32>, %w: tensor<3x20xf32>, %b: tensor<20xf32>) -> tensor<4x20xf32> {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<4x3xf32>, tensor<3x20xf32>) -> tensor<4x20xf32>
  %1 = etch.broadcast_in_dim %b shape = [4, 20] dims = [1] : (tensor<20xf32>) -> tensor<4x20xf32>
  %2 = etch.add %0, %1 : tensor<4x20xf32>
  %3 = etch.tanh %2 : tensor<4x20xf32>
  return %3 : tensor<4x20xf32>
}

// -----

// Unknown extents are no hindrance; a product that is read elsewhere is a result beside the others.
// CHECK-LABEL: func.func @unknown
// CHECK: %[[R:.*]]:2 = etch.launch @dot_general_relu(%arg0, %arg1)
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @unknown(%x: tensor<?x3xf32>, %w: tensor<3x?xf32>) -> (tensor<?x?xf32>, tensor<?x?xf32>) {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32>, tensor<3x?xf32>) -> tensor<?x?xf32>
  %1 = etch.relu %0 : tensor<?x?xf32>
  return %0, %1 : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

// The later of two products takes what joins them.
// CHECK-LABEL: func.func @sum
// CHECK: %[[X:.*]] = etch.launch @dot_general(%arg0, %arg1)
// CHECK: etch.launch @dot_general_add(%arg2, %arg3, %[[X]])
func.func @sum(%x: tensor<4x3xf32>, %u: tensor<3x20xf32>, %h: tensor<4x2xf32>, %v: tensor<2x20xf32>) -> tensor<4x20xf32> {
  %0 = etch.dot_general %x, %u batch = [] x [] contract = [1] x [0] : (tensor<4x3xf32>, tensor<3x20xf32>) -> tensor<4x20xf32>
  %1 = etch.dot_general %h, %v batch = [] x [] contract = [1] x [0] : (tensor<4x2xf32>, tensor<2x20xf32>) -> tensor<4x20xf32>
  %2 = etch.add %0, %1 : tensor<4x20xf32>
  return %2 : tensor<4x20xf32>
}

// -----

// Another operand that is made later: the contraction moves behind it.
// CHECK-LABEL: func.func @later
// CHECK: %[[S:.*]] = etch.launch @reduce_sum
// CHECK: etch.launch @dot_general_mul_sub(%arg0, %arg1, %[[S]]
func.func @later(%x: tensor<4x3xf32>, %w: tensor<3x20xf32>, %y: tensor<4x20xf32>, %s: tensor<7xf32>) -> tensor<4x20xf32> {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<4x3xf32>, tensor<3x20xf32>) -> tensor<4x20xf32>
  %1 = etch.reduce_sum %s axes = [0] : (tensor<7xf32>) -> tensor<f32>
  %2 = etch.broadcast_in_dim %1 shape = [4, 20] dims = [] : (tensor<f32>) -> tensor<4x20xf32>
  %3 = etch.mul %0, %2 : tensor<4x20xf32>
  %4 = etch.sub %y, %3 : tensor<4x20xf32>
  return %4 : tensor<4x20xf32>
}

// -----

// Sums need memory of their own when no result has their type.
// CHECK-LABEL: func.func @narrowed
// CHECK: %[[R:.*]]:2 = etch.launch @dot_general_greater(%arg0, %arg1)
// CHECK: return %[[R]]#1
func.func @narrowed(%x: tensor<4x3xf32>, %w: tensor<3x20xf32>) -> tensor<4x20xi1> {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<4x3xf32>, tensor<3x20xf32>) -> tensor<4x20xf32>
  %1 = etch.constant dense<0.0> : tensor<4x20xf32>
  %2 = etch.greater %0, %1 : (tensor<4x20xf32>, tensor<4x20xf32>) -> tensor<4x20xi1>
  return %2 : tensor<4x20xi1>
}

// -----

// Not along the rows of the product: a transposed operand, a reduction, a variable's new value over the old one.
// CHECK-LABEL: func.func @apart
// CHECK: etch.launch @dot_general(
// CHECK: etch.launch @reduce_sum(
// CHECK: etch.launch @add(
func.func @apart(%x: tensor<16x16xf32>, %w: tensor<16x16xf32>) -> (tensor<16x16xf32>, tensor<f32>) {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  %1 = etch.transpose %w permutation = [1, 0] : (tensor<16x16xf32>) -> tensor<16x16xf32>
  %2 = etch.reduce_sum %0 axes = [0, 1] : (tensor<16x16xf32>) -> tensor<f32>
  %3 = etch.add %0, %1 : tensor<16x16xf32>
  return %3, %2 : tensor<16x16xf32>, tensor<f32>
}

// -----

// CHECK-LABEL: func.func @update
// CHECK: etch.launch @dot_general(
// CHECK: etch.launch @sub(
func.func @update(%v: tensor<3x20xf32>, %x: tensor<4x3xf32>, %g: tensor<4x20xf32>) -> (tensor<3x20xf32> {etch.updates = 0 : i64}) {
  %0 = etch.dot_general %x, %g batch = [] x [] contract = [0] x [0] : (tensor<4x3xf32>, tensor<4x20xf32>) -> tensor<3x20xf32>
  %1 = etch.sub %v, %0 : tensor<3x20xf32>
  return %1 : tensor<3x20xf32>
}

// -----

// A kernel that reduces computes what it folds, unless something else wants it in memory and it is large.
// CHECK-LABEL: func.func @folded
// CHECK: etch.launch @dot_general(
// CHECK: etch.launch @exp_reduce_sum(
func.func @folded(%x: tensor<4x3xf32>, %w: tensor<3x20xf32>) -> tensor<4xf32> {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<4x3xf32>, tensor<3x20xf32>) -> tensor<4x20xf32>
  %1 = etch.exp %0 : tensor<4x20xf32>
  %2 = etch.reduce_sum %1 axes = [1] : (tensor<4x20xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @folded_and_stored
// CHECK: etch.launch @dot_general_exp(
// CHECK: etch.launch @reduce_sum(
func.func @folded_and_stored(%x: tensor<256x3xf32>, %w: tensor<3x256xf32>) -> (tensor<256xf32>, tensor<256x256xf32>) {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<256x3xf32>, tensor<3x256xf32>) -> tensor<256x256xf32>
  %1 = etch.exp %0 : tensor<256x256xf32>
  %2 = etch.reduce_sum %1 axes = [1] : (tensor<256x256xf32>) -> tensor<256xf32>
  return %2, %1 : tensor<256xf32>, tensor<256x256xf32>
}

// -----

// Rows shorter than a vector, ten classes say, are not worth it.
// CHECK-LABEL: func.func @short_rows
// CHECK: etch.launch @dot_general(
// CHECK: etch.launch @relu(
func.func @short_rows(%x: tensor<64x3xf32>, %w: tensor<3x10xf32>) -> tensor<64x10xf32> {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<64x3xf32>, tensor<3x10xf32>) -> tensor<64x10xf32>
  %1 = etch.relu %0 : tensor<64x10xf32>
  return %1 : tensor<64x10xf32>
}
