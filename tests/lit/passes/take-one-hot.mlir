// Products with one_hot are rows picked by index.
// RUN: etch-opt %s --etch-take-one-hot --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @taken
// CHECK-NOT: dot_general
// CHECK: %[[IN:.*]] = etch.logical_and
// CHECK: %[[ROWS:.*]] = etch.take %arg1, %arg0 axis = 0
// CHECK: %[[MASK:.*]] = etch.broadcast_in_dim %[[IN]] {{.*}} dims = [0]
// CHECK: etch.select %[[MASK]], %[[ROWS]]
func.func @taken(%i: tensor<7xi32>, %w: tensor<5x3xf32>) -> tensor<7x3xf32> {
  %0 = etch.iota shape = [5] axis = 0 {dtype = i32} : () -> tensor<5xi32>
  %1 = etch.broadcast_in_dim %i shape = [7, 5] dims = [0] : (tensor<7xi32>) -> tensor<7x5xi32>
  %2 = etch.broadcast_in_dim %0 shape = [7, 5] dims = [1] : (tensor<5xi32>) -> tensor<7x5xi32>
  %3 = etch.equal %1, %2 : (tensor<7x5xi32>, tensor<7x5xi32>) -> tensor<7x5xi1>
  %4 = etch.cast %3 {dtype = f32} : (tensor<7x5xi1>) -> tensor<7x5xf32>
  %5 = etch.dot_general %4, %w batch = [] x [] contract = [1] x [0] : (tensor<7x5xf32>, tensor<5x3xf32>) -> tensor<7x3xf32>
  return %5 : tensor<7x3xf32>
}

// -----

// Its derivative, with two axes of indices.
// CHECK-LABEL: func.func @added
// CHECK: %[[I:.*]] = etch.reshape %arg0 {{.*}} -> tensor<14xi64>
// CHECK: %[[ZEROS:.*]] = etch.constant dense<0.000000e+00> : tensor<5x3xf32>
// CHECK: %[[R:.*]] = etch.scatter_add %[[ZEROS]], %[[I]], %arg1 axis = 0
// CHECK: return %[[R]]
func.func @added(%i: tensor<7x2xi64>, %y: tensor<14x3xf32>) -> tensor<5x3xf32> {
  %0 = etch.iota shape = [5] axis = 0 {dtype = i64} : () -> tensor<5xi64>
  %1 = etch.broadcast_in_dim %i shape = [7, 2, 5] dims = [0, 1] : (tensor<7x2xi64>) -> tensor<7x2x5xi64>
  %2 = etch.broadcast_in_dim %0 shape = [7, 2, 5] dims = [2] : (tensor<5xi64>) -> tensor<7x2x5xi64>
  %3 = etch.equal %1, %2 : (tensor<7x2x5xi64>, tensor<7x2x5xi64>) -> tensor<7x2x5xi1>
  %4 = etch.cast %3 {dtype = f32} : (tensor<7x2x5xi1>) -> tensor<7x2x5xf32>
  %5 = etch.reshape %4 shape = [14, 5] : (tensor<7x2x5xf32>) -> tensor<14x5xf32>
  %6 = etch.dot_general %5, %y batch = [] x [] contract = [0] x [0] : (tensor<14x5xf32>, tensor<14x3xf32>) -> tensor<5x3xf32>
  return %6 : tensor<5x3xf32>
}

// -----

// Compared with something else than the columns: not one_hot.
// CHECK-LABEL: func.func @rows_compared
// CHECK: dot_general
func.func @rows_compared(%i: tensor<5xi32>, %w: tensor<5x3xf32>) -> tensor<5x3xf32> {
  %0 = etch.iota shape = [5] axis = 0 {dtype = i32} : () -> tensor<5xi32>
  %1 = etch.broadcast_in_dim %i shape = [5, 5] dims = [1] : (tensor<5xi32>) -> tensor<5x5xi32>
  %2 = etch.broadcast_in_dim %0 shape = [5, 5] dims = [0] : (tensor<5xi32>) -> tensor<5x5xi32>
  %3 = etch.equal %1, %2 : (tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>
  %4 = etch.cast %3 {dtype = f32} : (tensor<5x5xi1>) -> tensor<5x5xf32>
  %5 = etch.dot_general %4, %w batch = [] x [] contract = [1] x [0] : (tensor<5x5xf32>, tensor<5x3xf32>) -> tensor<5x3xf32>
  return %5 : tensor<5x3xf32>
}
