// What the kernel of a scatter_add computes itself, so that it is never in memory.
// RUN: etch-opt %s --etch-form-kernels --split-input-file | FileCheck %s

// The gradient of a sum of taken rows: zeros, and rows repeated along the indices.
// CHECK-LABEL: func.func @repeated
// CHECK-NEXT: etch.launch @scatter_add(%arg0, %arg1) : (tensor<4x8xi32>, tensor<4x16xf32>) -> tensor<50x16xf32>
// CHECK-NEXT: return
// CHECK: func.func private @scatter_add(%arg0: tensor<4x8xi32>, %arg1: tensor<4x16xf32>)
// CHECK-DAG: %[[ZEROS:.*]] = etch.constant
// CHECK-DAG: %[[ROWS:.*]] = etch.broadcast_in_dim %arg1
// CHECK: etch.scatter_add %[[ZEROS]], %arg0, %[[ROWS]]
func.func @repeated(%i: tensor<4x8xi32>, %g: tensor<4x16xf32>) -> tensor<50x16xf32> {
  %0 = etch.constant dense<0.0> : tensor<50x16xf32>
  %1 = etch.broadcast_in_dim %g shape = [4, 8, 16] dims = [0, 2] : (tensor<4x16xf32>) -> tensor<4x8x16xf32>
  %2 = etch.scatter_add %0, %i, %1 axis = 0 : (tensor<50x16xf32>, tensor<4x8xi32>, tensor<4x8x16xf32>) -> tensor<50x16xf32>
  return %2 : tensor<50x16xf32>
}

// -----

// Other operands are read in memory order, so they are made before.
// CHECK-LABEL: func.func @in_memory
// CHECK-NEXT: etch.launch @constant()
// CHECK-NEXT: etch.launch @transpose(%arg1)
// CHECK-NEXT: etch.launch @scatter_add(
func.func @in_memory(%i: tensor<4xi32>, %g: tensor<16x4xf32>) -> tensor<50x16xf32> {
  %0 = etch.constant dense<1.0> : tensor<50x16xf32>
  %1 = etch.transpose %g permutation = [1, 0] : (tensor<16x4xf32>) -> tensor<4x16xf32>
  %2 = etch.scatter_add %0, %i, %1 axis = 0 : (tensor<50x16xf32>, tensor<4xi32>, tensor<4x16xf32>) -> tensor<50x16xf32>
  return %2 : tensor<50x16xf32>
}

// -----

// Messages along edges: rows of a table, weighted.
// CHECK-LABEL: func.func @messages
// CHECK-NEXT: etch.launch @scatter_add(%arg2, %arg0, %arg1, %arg3)
// CHECK-NEXT: return
// CHECK: func.func private @scatter_add(
// CHECK: etch.take
// CHECK: etch.mul
// CHECK: etch.scatter_add
func.func @messages(%t: tensor<50x16xf32>, %i: tensor<70xi32>, %j: tensor<70xi32>, %w: tensor<70xf32>) -> tensor<50x16xf32> {
  %0 = etch.constant dense<0.0> : tensor<50x16xf32>
  %1 = etch.take %t, %i axis = 0 : (tensor<50x16xf32>, tensor<70xi32>) -> tensor<70x16xf32>
  %2 = etch.broadcast_in_dim %w shape = [70, 16] dims = [0] : (tensor<70xf32>) -> tensor<70x16xf32>
  %3 = etch.mul %1, %2 : tensor<70x16xf32>
  %4 = etch.scatter_add %0, %j, %3 axis = 0 : (tensor<50x16xf32>, tensor<70xi32>, tensor<70x16xf32>) -> tensor<50x16xf32>
  return %4 : tensor<50x16xf32>
}

// -----

// Single elements, and where they go.
// CHECK-LABEL: func.func @elements
// CHECK-NEXT: etch.launch @scatter_add(%arg1, %arg0)
// CHECK-NEXT: return
func.func @elements(%x: tensor<70xf32>, %j: tensor<70xi32>) -> tensor<50xf32> {
  %0 = etch.constant dense<0.0> : tensor<50xf32>
  %1 = etch.add %j, %j : tensor<70xi32>
  %2 = etch.mul %x, %x : tensor<70xf32>
  %3 = etch.scatter_add %0, %1, %2 axis = 0 : (tensor<50xf32>, tensor<70xi32>, tensor<70xf32>) -> tensor<50xf32>
  return %3 : tensor<50xf32>
}

// -----

// Every thread would compute the exponentials.
// CHECK-LABEL: func.func @dear
// CHECK-NEXT: etch.launch @exp(%arg0)
// CHECK-NEXT: etch.launch @scatter_add(
func.func @dear(%x: tensor<70xf32>, %j: tensor<70xi32>) -> tensor<50xf32> {
  %0 = etch.constant dense<0.0> : tensor<50xf32>
  %2 = etch.exp %x : tensor<70xf32>
  %3 = etch.scatter_add %0, %j, %2 axis = 0 : (tensor<50xf32>, tensor<70xi32>, tensor<70xf32>) -> tensor<50xf32>
  return %3 : tensor<50xf32>
}

// -----

// Rows of three would fill a quarter of a vector; those that are read twice are stored once.
// CHECK-LABEL: func.func @narrow
// CHECK-NEXT: etch.launch @mul(%arg0)
// CHECK-NEXT: etch.launch @scatter_add(
func.func @narrow(%x: tensor<70x3xf32>, %j: tensor<70xi32>) -> tensor<50x3xf32> {
  %0 = etch.constant dense<0.0> : tensor<50x3xf32>
  %1 = etch.mul %x, %x : tensor<70x3xf32>
  %2 = etch.scatter_add %0, %j, %1 axis = 0 : (tensor<50x3xf32>, tensor<70xi32>, tensor<70x3xf32>) -> tensor<50x3xf32>
  return %2 : tensor<50x3xf32>
}
// CHECK-LABEL: func.func @twice
// CHECK-NEXT: etch.launch @mul_0(%arg0)
// CHECK-NEXT: etch.launch
// CHECK-NEXT: etch.launch
func.func @twice(%x: tensor<70x16xf32>, %j: tensor<70xi32>, %k: tensor<70xi32>) -> (tensor<50x16xf32>, tensor<50x16xf32>) {
  %0 = etch.constant dense<0.0> : tensor<50x16xf32>
  %1 = etch.mul %x, %x : tensor<70x16xf32>
  %2 = etch.scatter_add %0, %j, %1 axis = 0 : (tensor<50x16xf32>, tensor<70xi32>, tensor<70x16xf32>) -> tensor<50x16xf32>
  %3 = etch.scatter_add %0, %k, %1 axis = 0 : (tensor<50x16xf32>, tensor<70xi32>, tensor<70x16xf32>) -> tensor<50x16xf32>
  return %2, %3 : tensor<50x16xf32>, tensor<50x16xf32>
}
