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
