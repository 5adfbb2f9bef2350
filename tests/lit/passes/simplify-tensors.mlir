// One function for each rule of SimplifyTensors, named after the equation.
// RUN: etch-opt %s --etch-simplify-tensors | FileCheck %s

// CHECK-LABEL: func.func @stop_gradient_is_x
// CHECK-NEXT: return %arg0
func.func @stop_gradient_is_x(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = etch.stop_gradient %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @cast_to_same_dtype_is_x
// CHECK-NEXT: return %arg0
func.func @cast_to_same_dtype_is_x(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = etch.cast %x {dtype = f32} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @transpose_identity_is_x
// CHECK-NEXT: return %arg0
func.func @transpose_identity_is_x(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.transpose %x permutation = [0, 1] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @transpose_of_transpose
// CHECK-NEXT: %[[T:.*]] = etch.transpose %arg0 permutation = [2, 1, 0] : (tensor<2x3x4xf32>) -> tensor<4x3x2xf32>
// CHECK-NEXT: return %[[T]]
func.func @transpose_of_transpose(%x: tensor<2x3x4xf32>) -> tensor<4x3x2xf32> {
  %0 = etch.transpose %x permutation = [1, 2, 0] : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %1 = etch.transpose %0 permutation = [1, 0, 2] : (tensor<3x4x2xf32>) -> tensor<4x3x2xf32>
  return %1 : tensor<4x3x2xf32>
}

// CHECK-LABEL: func.func @transpose_there_and_back_is_x
// CHECK-NEXT: return %arg0
func.func @transpose_there_and_back_is_x(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %1 = etch.transpose %0 permutation = [1, 0] : (tensor<3x2xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @reshape_of_reshape
// CHECK-NEXT: %[[R:.*]] = etch.reshape %arg0 shape = [3, 4]
// CHECK-NEXT: return %[[R]]
func.func @reshape_of_reshape(%x: tensor<2x6xf32>) -> tensor<3x4xf32> {
  %0 = etch.reshape %x shape = [12] : (tensor<2x6xf32>) -> tensor<12xf32>
  %1 = etch.reshape %0 shape = [3, 4] : (tensor<12xf32>) -> tensor<3x4xf32>
  return %1 : tensor<3x4xf32>
}

// Equal unknown extents may be different numbers: the reshape stays.
// CHECK-LABEL: func.func @reshape_to_unknown_stays
// CHECK: etch.reshape
func.func @reshape_to_unknown_stays(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = etch.dim %x axis = 0 : (tensor<?x?xf32>) -> tensor<i64>
  %1 = etch.dim %x axis = 1 : (tensor<?x?xf32>) -> tensor<i64>
  %2 = etch.reshape %x sizes %1, %0 shape = [-1, -1] : (tensor<?x?xf32>, tensor<i64>, tensor<i64>) -> tensor<?x?xf32>
  return %2 : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @broadcast_that_repeats_nothing_is_x
// CHECK-NEXT: return %arg0
func.func @broadcast_that_repeats_nothing_is_x(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.broadcast_in_dim %x shape = [2, 3] dims = [0, 1] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @broadcast_of_broadcast
// CHECK-NEXT: etch.broadcast_in_dim %arg0 shape = [5, 2, 3] dims = [2] : (tensor<3xf32>) -> tensor<5x2x3xf32>
// CHECK-NEXT: return
func.func @broadcast_of_broadcast(%x: tensor<3xf32>) -> tensor<5x2x3xf32> {
  %0 = etch.broadcast_in_dim %x shape = [2, 3] dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
  %1 = etch.broadcast_in_dim %0 shape = [5, 2, 3] dims = [1, 2] : (tensor<2x3xf32>) -> tensor<5x2x3xf32>
  return %1 : tensor<5x2x3xf32>
}

// CHECK-LABEL: func.func @reduce_of_no_axes_is_x
// CHECK-NEXT: return %arg0
func.func @reduce_of_no_axes_is_x(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.reduce_sum %x axes = [] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @dim_of_known_extent
// CHECK-NEXT: %[[C:.*]] = etch.constant dense<3> : tensor<i64>
// CHECK-NEXT: return %[[C]]
func.func @dim_of_known_extent(%x: tensor<?x3xf32>) -> tensor<i64> {
  %0 = etch.dim %x axis = 1 : (tensor<?x3xf32>) -> tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @dim_of_elementwise_is_dim_of_operand
// CHECK-NEXT: %[[D:.*]] = etch.dim %arg0 axis = 0
// CHECK-NEXT: return %[[D]]
func.func @dim_of_elementwise_is_dim_of_operand(%x: tensor<?xf32>) -> tensor<i64> {
  %0 = etch.exp %x : tensor<?xf32>
  %1 = etch.dim %0 axis = 0 : (tensor<?xf32>) -> tensor<i64>
  return %1 : tensor<i64>
}

// CHECK-LABEL: func.func @dim_of_broadcast_is_its_size
// CHECK-NEXT: return %arg1
func.func @dim_of_broadcast_is_its_size(%x: tensor<f32>, %n: tensor<i64>) -> tensor<i64> {
  %0 = etch.broadcast_in_dim %x sizes %n shape = [2, -1] dims = [] : (tensor<f32>, tensor<i64>) -> tensor<2x?xf32>
  %1 = etch.dim %0 axis = 1 : (tensor<2x?xf32>) -> tensor<i64>
  return %1 : tensor<i64>
}

// CHECK-LABEL: func.func @dot_of_transposes_reads_other_axes
// CHECK-NEXT: etch.dot_general %arg0, %arg1 batch = [] x [] contract = [0] x [1]
// CHECK-NEXT: return
func.func @dot_of_transposes_reads_other_axes(%x: tensor<3x2xf32>, %y: tensor<4x3xf32>) -> tensor<2x4xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<3x2xf32>) -> tensor<2x3xf32>
  %1 = etch.transpose %y permutation = [1, 0] : (tensor<4x3xf32>) -> tensor<3x4xf32>
  %2 = etch.dot_general %0, %1 batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return %2 : tensor<2x4xf32>
}

// Two free axes in another order cannot be read in place.
// CHECK-LABEL: func.func @dot_of_exchanged_free_axes_stays
// CHECK-NEXT: etch.transpose
// CHECK-NEXT: etch.dot_general
func.func @dot_of_exchanged_free_axes_stays(%x: tensor<2x3x4xf32>, %y: tensor<4xf32>) -> tensor<3x2xf32> {
  %0 = etch.transpose %x permutation = [1, 0, 2] : (tensor<2x3x4xf32>) -> tensor<3x2x4xf32>
  %1 = etch.dot_general %0, %y batch = [] x [] contract = [2] x [0] : (tensor<3x2x4xf32>, tensor<4xf32>) -> tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

// Splats are folded where the operation is exactly rounded; 0 / 0, a NaN, is left to the machine.
// CHECK-LABEL: func.func @splats_fold
// CHECK-DAG: etch.constant dense<5.000000e+00> : tensor<4xf32>
// CHECK-DAG: etch.div
// CHECK: return
func.func @splats_fold() -> (tensor<4xf32>, tensor<4xf32>) {
  %a = etch.constant dense<2.0> : tensor<4xf32>
  %b = etch.constant dense<3.0> : tensor<4xf32>
  %z = etch.constant dense<0.0> : tensor<4xf32>
  %0 = etch.add %a, %b : tensor<4xf32>
  %1 = etch.div %z, %z : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @reshape_sinks_below_elementwise
// CHECK-NEXT: %[[E:.*]] = etch.exp %arg0 : tensor<12xf32>
// CHECK-NEXT: etch.reshape %[[E]] shape = [3, 4]
func.func @reshape_sinks_below_elementwise(%x: tensor<12xf32>) -> tensor<3x4xf32> {
  %0 = etch.reshape %x shape = [3, 4] : (tensor<12xf32>) -> tensor<3x4xf32>
  %1 = etch.exp %0 : tensor<3x4xf32>
  return %1 : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @broadcast_of_reshape_that_adds_ones
// CHECK-NEXT: etch.broadcast_in_dim %arg0 shape = [3, 5] dims = [0] : (tensor<3xf32>) -> tensor<3x5xf32>
func.func @broadcast_of_reshape_that_adds_ones(%x: tensor<3xf32>) -> tensor<3x5xf32> {
  %0 = etch.reshape %x shape = [3, 1] : (tensor<3xf32>) -> tensor<3x1xf32>
  %1 = etch.broadcast_in_dim %0 shape = [3, 5] dims = [0, 1] : (tensor<3x1xf32>) -> tensor<3x5xf32>
  return %1 : tensor<3x5xf32>
}

// Equal work is done once, dead work not at all; arithmetic identities are left alone: x + 0 is not x for x = -0.
// CHECK-LABEL: func.func @equal_dead_and_left_alone
// CHECK: %[[E:.*]] = etch.exp
// CHECK-NOT: etch.exp
// CHECK-NOT: etch.log
// CHECK: %[[A:.*]] = etch.add %[[E]], %
// CHECK-NEXT: return %[[E]], %[[A]]
func.func @equal_dead_and_left_alone(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %z = etch.constant dense<0.0> : tensor<4xf32>
  %0 = etch.exp %x : tensor<4xf32>
  %1 = etch.exp %x : tensor<4xf32>
  %2 = etch.log %x : tensor<4xf32>
  %3 = etch.add %1, %z : tensor<4xf32>
  return %0, %3 : tensor<4xf32>, tensor<4xf32>
}

// Pixels that are repeated along two axes: what repeat(repeat(x, 2, 0), 2, 1) of 3x4 pixels records.
// CHECK-LABEL: func.func @repeats_are_composed
// CHECK-NEXT: %[[X:.*]] = etch.reshape %arg0 shape = [3, 4]
// CHECK-NEXT: %[[B:.*]] = etch.broadcast_in_dim %[[X]] shape = [3, 2, 4, 2] dims = [0, 2]
// CHECK-NEXT: %[[R:.*]] = etch.reshape %[[B]] shape = [6, 8]
// CHECK-NEXT: return %[[R]]
func.func @repeats_are_composed(%x: tensor<3x1x4xf32>) -> tensor<6x8xf32> {
  %0 = etch.broadcast_in_dim %x shape = [3, 2, 4] dims = [0, 1, 2] : (tensor<3x1x4xf32>) -> tensor<3x2x4xf32>
  %1 = etch.reshape %0 shape = [24, 1] : (tensor<3x2x4xf32>) -> tensor<24x1xf32>
  %2 = etch.broadcast_in_dim %1 shape = [24, 2] dims = [0, 1] : (tensor<24x1xf32>) -> tensor<24x2xf32>
  %3 = etch.reshape %2 shape = [6, 8] : (tensor<24x2xf32>) -> tensor<6x8xf32>
  return %3 : tensor<6x8xf32>
}

// Of two channels they are shuffled, along one axis at a time. The reshape makes no axis of extent 1.
// CHECK-LABEL: func.func @repeats_of_few_channels
// CHECK: etch.broadcast_in_dim %arg0
// CHECK: etch.reshape {{.*}} -> tensor<24x2xf32>
// CHECK: etch.broadcast_in_dim {{.*}} shape = [24, 2, 2] dims = [0, 2]
func.func @repeats_of_few_channels(%x: tensor<3x1x8xf32>) -> tensor<6x8x2xf32> {
  %0 = etch.broadcast_in_dim %x shape = [3, 2, 8] dims = [0, 1, 2] : (tensor<3x1x8xf32>) -> tensor<3x2x8xf32>
  %1 = etch.reshape %0 shape = [24, 1, 2] : (tensor<3x2x8xf32>) -> tensor<24x1x2xf32>
  %2 = etch.broadcast_in_dim %1 shape = [24, 2, 2] dims = [0, 1, 2] : (tensor<24x1x2xf32>) -> tensor<24x2x2xf32>
  %3 = etch.reshape %2 shape = [6, 8, 2] : (tensor<24x2x2xf32>) -> tensor<6x8x2xf32>
  return %3 : tensor<6x8x2xf32>
}

// Six of ten and fifteen of four have no parts in common that both consist of.
// CHECK-LABEL: func.func @repeats_across_each_other_stay
// CHECK-COUNT-2: etch.broadcast_in_dim
func.func @repeats_across_each_other_stay(%x: tensor<6x1xf32>) -> tensor<2x15x4xf32> {
  %0 = etch.broadcast_in_dim %x shape = [6, 10] dims = [0, 1] : (tensor<6x1xf32>) -> tensor<6x10xf32>
  %1 = etch.reshape %0 shape = [15, 4] : (tensor<6x10xf32>) -> tensor<15x4xf32>
  %2 = etch.broadcast_in_dim %1 shape = [2, 15, 4] dims = [1, 2] : (tensor<15x4xf32>) -> tensor<2x15x4xf32>
  return %2 : tensor<2x15x4xf32>
}
