// RUN: etch-opt %s --etch-canonicalize-dots | FileCheck %s
// RUN: etch-opt %s --etch-canonicalize-dots --etch-simplify-tensors | FileCheck %s --check-prefix=SIMPLE

// One axis a group: left alone.
// CHECK-LABEL: func.func @plain
// CHECK-NOT: reshape
// CHECK: etch.dot_general %arg0, %arg1 batch = [0] x [0] contract = [2] x [1]
func.func @plain(%a: tensor<2x3x4xf32>, %b: tensor<2x4x5xf32>) -> tensor<2x3x5xf32> {
  %0 = etch.dot_general %a, %b batch = [0] x [0] contract = [2] x [1] : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// Neighbours merge in place: no transpose is left.
// SIMPLE-LABEL: func.func @neighbours
// SIMPLE-NOT: transpose
// SIMPLE: %[[A:.*]] = etch.reshape %arg0 shape = [2, 12]
// SIMPLE: %[[B:.*]] = etch.reshape %arg1 shape = [12, 5]
// SIMPLE: etch.dot_general %[[A]], %[[B]] batch = [] x [] contract = [1] x [0] {{.*}} -> tensor<2x5xf32>
func.func @neighbours(%a: tensor<2x3x4xf32>, %b: tensor<3x4x5xf32>) -> tensor<2x5xf32> {
  %0 = etch.dot_general %a, %b batch = [] x [] contract = [1, 2] x [0, 1] : (tensor<2x3x4xf32>, tensor<3x4x5xf32>) -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}

// The order in which contracted axes are listed is the order of the sum, so it is kept.
// SIMPLE-LABEL: func.func @listed_order
// SIMPLE: %[[T:.*]] = etch.transpose %arg0 permutation = [0, 2, 1]
// SIMPLE: %[[A:.*]] = etch.reshape %[[T]] shape = [2, 12]
// SIMPLE: %[[B:.*]] = etch.reshape %arg1 shape = [12, 5]
func.func @listed_order(%a: tensor<2x3x4xf32>, %b: tensor<4x3x5xf32>) -> tensor<2x5xf32> {
  %0 = etch.dot_general %a, %b batch = [] x [] contract = [2, 1] x [0, 1] : (tensor<2x3x4xf32>, tensor<4x3x5xf32>) -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}

// Two batch and two free axes: the result gets them back.
// SIMPLE-LABEL: func.func @batches
// SIMPLE: etch.dot_general {{.*}} batch = [0] x [0] contract = [2] x [2] : (tensor<6x20x7xf32>, tensor<6x8x7xf32>) -> tensor<6x20x8xf32>
// SIMPLE: etch.reshape {{.*}} shape = [2, 3, 4, 5, 8]
func.func @batches(%a: tensor<2x3x4x5x7xf32>, %b: tensor<2x3x8x7xf32>) -> tensor<2x3x4x5x8xf32> {
  %0 = etch.dot_general %a, %b batch = [0, 1] x [0, 1] contract = [4] x [3] : (tensor<2x3x4x5x7xf32>, tensor<2x3x8x7xf32>) -> tensor<2x3x4x5x8xf32>
  return %0 : tensor<2x3x4x5x8xf32>
}

// A batch extent that only the right side knows needs no size.
// CHECK-LABEL: func.func @known_on_the_right
// CHECK: etch.dot_general {{.*}} -> tensor<3x?xf32>
// CHECK: %[[M:.*]] = etch.reshape %{{.*}} sizes %{{[^,]*}}, %{{[^,]*}} shape = [3, -1, -1]
func.func @known_on_the_right(%a: tensor<?x?x?xf32>, %b: tensor<3xf32>) -> tensor<3x?x?xf32> {
  %0 = etch.dot_general %a, %b batch = [2] x [0] contract = [] x [] : (tensor<?x?x?xf32>, tensor<3xf32>) -> tensor<3x?x?xf32>
  return %0 : tensor<3x?x?xf32>
}

// Kernels read along a free or the contracted axis: a batch that lies innermost is moved, and stays moved.
// SIMPLE-LABEL: func.func @batch_innermost
// SIMPLE: %[[T:.*]] = etch.transpose %arg0 permutation = [2, 0, 1] {{.*}} -> tensor<4x2x3xf32>
// SIMPLE: etch.dot_general %[[T]], %arg1 batch = [0] x [0] contract = [2] x [1]
func.func @batch_innermost(%a: tensor<2x3x4xf32>, %b: tensor<4x3x5xf32>) -> tensor<4x2x5xf32> {
  %0 = etch.dot_general %a, %b batch = [2] x [0] contract = [1] x [1] : (tensor<2x3x4xf32>, tensor<4x3x5xf32>) -> tensor<4x2x5xf32>
  return %0 : tensor<4x2x5xf32>
}

// Nor does a batch come last because the groups around it merge before it.
// SIMPLE-LABEL: func.func @batch_between_free_axes
// SIMPLE: etch.dot_general {{.*}} batch = [0] x [1] contract = [1] x [0] : (tensor<4x8x21xf32>, tensor<8x4x5xf32>) -> tensor<4x21x5xf32>
func.func @batch_between_free_axes(%a: tensor<8x3x4x7xf32>, %b: tensor<8x4x5xf32>) -> tensor<4x3x7x5xf32> {
  %0 = etch.dot_general %a, %b batch = [2] x [1] contract = [0] x [0] : (tensor<8x3x4x7xf32>, tensor<8x4x5xf32>) -> tensor<4x3x7x5xf32>
  return %0 : tensor<4x3x7x5xf32>
}
