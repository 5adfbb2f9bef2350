// Elementwise ops of which a contraction alone reads the result go into its kernel, where the operand is packed row by
// row and each part once.
// RUN: etch-opt %s --etch-form-kernels --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @left
// CHECK-NEXT: %[[Y:.*]] = etch.launch @dot_general(%arg0, %arg1, %arg2)
// CHECK-NEXT: return %[[Y]]
// CHECK: func.func private @dot_general(%[[X:.*]]: tensor<700x100xf32>, %[[S:.*]]: tensor<100xf32>, %[[W:.*]]: tensor<100x30xf32>)
// CHECK: %[[B:.*]] = etch.broadcast_in_dim %[[S]]
// CHECK: %[[M:.*]] = etch.mul %[[X]], %[[B]]
// CHECK: %[[T:.*]] = etch.tanh %[[M]]
// CHECK: etch.dot_general %[[T]], %[[W]]
func.func @left(%x: tensor<700x100xf32>, %s: tensor<100xf32>, %w: tensor<100x30xf32>) -> tensor<700x30xf32> {
  %b = etch.broadcast_in_dim %s shape = [700, 100] dims = [1] : (tensor<100xf32>) -> tensor<700x100xf32>
  %0 = etch.mul %x, %b : tensor<700x100xf32>
  %1 = etch.tanh %0 : tensor<700x100xf32>
  %2 = etch.dot_general %1, %w batch = [] x [] contract = [1] x [0] : (tensor<700x100xf32>, tensor<100x30xf32>) -> tensor<700x30xf32>
  return %2 : tensor<700x30xf32>
}

// -----

// CHECK-LABEL: func.func @right
// CHECK-NEXT: etch.launch @dot_general(
// CHECK-NEXT: return
func.func @right(%x: tensor<30x100xf32>, %w: tensor<100x700xf32>) -> tensor<30x700xf32> {
  %0 = etch.tanh %w : tensor<100x700xf32>
  %1 = etch.dot_general %x, %0 batch = [] x [] contract = [1] x [0] : (tensor<30x100xf32>, tensor<100x700xf32>) -> tensor<30x700xf32>
  return %1 : tensor<30x700xf32>
}

// -----

// Two readers; an operand that lies across the depth; a small one; few columns; more columns than rows.
// CHECK-LABEL: func.func @two_readers
// CHECK: etch.launch @tanh
func.func @two_readers(%x: tensor<700x100xf32>, %w: tensor<100x30xf32>) -> (tensor<700x30xf32>, tensor<700x100xf32>) {
  %0 = etch.tanh %x : tensor<700x100xf32>
  %1 = etch.dot_general %0, %w batch = [] x [] contract = [1] x [0] : (tensor<700x100xf32>, tensor<100x30xf32>) -> tensor<700x30xf32>
  return %1, %0 : tensor<700x30xf32>, tensor<700x100xf32>
}

// -----

// CHECK-LABEL: func.func @across
// CHECK: etch.launch @tanh
func.func @across(%x: tensor<100x700xf32>, %w: tensor<100x30xf32>) -> tensor<700x30xf32> {
  %0 = etch.tanh %x : tensor<100x700xf32>
  %1 = etch.dot_general %0, %w batch = [] x [] contract = [0] x [0] : (tensor<100x700xf32>, tensor<100x30xf32>) -> tensor<700x30xf32>
  return %1 : tensor<700x30xf32>
}

// -----

// CHECK-LABEL: func.func @small
// CHECK: etch.launch @tanh
func.func @small(%x: tensor<64x64xf32>, %w: tensor<64x30xf32>) -> tensor<64x30xf32> {
  %0 = etch.tanh %x : tensor<64x64xf32>
  %1 = etch.dot_general %0, %w batch = [] x [] contract = [1] x [0] : (tensor<64x64xf32>, tensor<64x30xf32>) -> tensor<64x30xf32>
  return %1 : tensor<64x30xf32>
}

// -----

// CHECK-LABEL: func.func @few_columns
// CHECK: etch.launch @tanh
func.func @few_columns(%x: tensor<700x100xf32>, %w: tensor<100x8xf32>) -> tensor<700x8xf32> {
  %0 = etch.tanh %x : tensor<700x100xf32>
  %1 = etch.dot_general %0, %w batch = [] x [] contract = [1] x [0] : (tensor<700x100xf32>, tensor<100x8xf32>) -> tensor<700x8xf32>
  return %1 : tensor<700x8xf32>
}

// -----

// CHECK-LABEL: func.func @wide
// CHECK: etch.launch @tanh
func.func @wide(%x: tensor<700x100xf32>, %w: tensor<100x701xf32>) -> tensor<700x701xf32> {
  %0 = etch.tanh %x : tensor<700x100xf32>
  %1 = etch.dot_general %0, %w batch = [] x [] contract = [1] x [0] : (tensor<700x100xf32>, tensor<100x701xf32>) -> tensor<700x701xf32>
  return %1 : tensor<700x701xf32>
}

// -----

// f16 is widened while it is packed.
// CHECK-LABEL: func.func @narrow
// CHECK: etch.launch @tanh
func.func @narrow(%x: tensor<700x100xf16>, %w: tensor<100x30xf16>) -> tensor<700x30xf16> {
  %0 = etch.tanh %x : tensor<700x100xf16>
  %1 = etch.dot_general %0, %w batch = [] x [] contract = [1] x [0] : (tensor<700x100xf16>, tensor<100x30xf16>) -> tensor<700x30xf16>
  return %1 : tensor<700x30xf16>
}
