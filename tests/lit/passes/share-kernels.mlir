// Kernels that differ in extents only are one.
// RUN: etch-opt %s --etch-form-kernels --etch-share-kernels --split-input-file | FileCheck %s

// Whatever the shapes, with scalars repeated and splats; the largest kernel stays.
// CHECK-LABEL: func.func @updates
// CHECK: etch.launch @mul_div_sub_0(%arg0, %arg3, %arg4) : (tensor<7xf32>, tensor<f32>, tensor<7xf32>) -> tensor<7xf32>
// CHECK: etch.launch @mul_div_sub_0(%arg1, %arg3, %arg5) : (tensor<3x5x2xf32>, tensor<f32>, tensor<3x5x2xf32>) -> tensor<3x5x2xf32>
// CHECK: etch.launch @mul_div_sub_0(%arg2, %arg3, %arg6) : (tensor<1xf32>, tensor<f32>, tensor<1xf32>) -> tensor<1xf32>
// CHECK-NOT: func.func private @mul_div_sub(
// CHECK: func.func private @mul_div_sub_0(%arg0: tensor<3x5x2xf32>, %arg1: tensor<f32>, %arg2: tensor<3x5x2xf32>) -> tensor<3x5x2xf32> attributes {etch.flat, etch.kernel = "loop"}
// CHECK-NOT: func.func private
func.func @updates(%a: tensor<7xf32>, %b: tensor<3x5x2xf32>, %c: tensor<1xf32>, %rate: tensor<f32>, %da: tensor<7xf32>, %db: tensor<3x5x2xf32>, %dc: tensor<1xf32>) -> (tensor<7xf32>, tensor<3x5x2xf32>, tensor<1xf32>) {
  %0 = etch.broadcast_in_dim %rate shape = [7] dims = [] : (tensor<f32>) -> tensor<7xf32>
  %1 = etch.constant dense<3.0> : tensor<7xf32>
  %2 = etch.mul %a, %0 : tensor<7xf32>
  %3 = etch.div %2, %1 : tensor<7xf32>
  %4 = etch.sub %3, %da : tensor<7xf32>
  %5 = etch.broadcast_in_dim %rate shape = [3, 5, 2] dims = [] : (tensor<f32>) -> tensor<3x5x2xf32>
  %6 = etch.constant dense<3.0> : tensor<3x5x2xf32>
  %7 = etch.mul %b, %5 : tensor<3x5x2xf32>
  %8 = etch.div %7, %6 : tensor<3x5x2xf32>
  %9 = etch.sub %8, %db : tensor<3x5x2xf32>
  %10 = etch.broadcast_in_dim %rate shape = [1] dims = [] : (tensor<f32>) -> tensor<1xf32>
  %11 = etch.constant dense<3.0> : tensor<1xf32>
  %12 = etch.mul %c, %10 : tensor<1xf32>
  %13 = etch.div %12, %11 : tensor<1xf32>
  %14 = etch.sub %13, %dc : tensor<1xf32>
  return %4, %9, %14 : tensor<7xf32>, tensor<3x5x2xf32>, tensor<1xf32>
}

// -----

// Other constants, dtypes, operands or attributes: other kernels.
// CHECK-LABEL: func.func @different
// CHECK-NOT: etch.flat
func.func @different(%a: tensor<7xf32>, %b: tensor<3xf32>, %c: tensor<4xf64>, %d: tensor<5xf32>, %e: tensor<5xf32>) -> (tensor<7xf32>, tensor<3xf32>, tensor<4xf64>, tensor<5xf32>) {
  %0 = etch.constant dense<3.0> : tensor<7xf32>
  %1 = etch.mul %a, %0 : tensor<7xf32>
  %2 = etch.sub %1, %a : tensor<7xf32>
  %3 = etch.constant dense<4.0> : tensor<3xf32>
  %4 = etch.mul %b, %3 : tensor<3xf32>
  %5 = etch.sub %4, %b : tensor<3xf32>
  %6 = etch.constant dense<3.0> : tensor<4xf64>
  %7 = etch.mul %c, %6 : tensor<4xf64>
  %8 = etch.sub %7, %c : tensor<4xf64>
  %9 = etch.constant dense<3.0> : tensor<5xf32>
  %10 = etch.mul %d, %9 : tensor<5xf32>
  %11 = etch.sub %10, %e : tensor<5xf32>
  return %2, %5, %8, %11 : tensor<7xf32>, tensor<3xf32>, tensor<4xf64>, tensor<5xf32>
}

// -----

// What depends on more than the number of elements: repeated rows, positions.
// CHECK-LABEL: func.func @shaped
// CHECK-NOT: etch.flat
func.func @shaped(%a: tensor<7x3xf32>, %b: tensor<5x3xf32>, %row: tensor<3xf32>) -> (tensor<7x3xf32>, tensor<5x3xf32>) {
  %0 = etch.broadcast_in_dim %row shape = [7, 3] dims = [1] : (tensor<3xf32>) -> tensor<7x3xf32>
  %1 = etch.mul %a, %0 : tensor<7x3xf32>
  %2 = etch.sub %1, %a : tensor<7x3xf32>
  %3 = etch.broadcast_in_dim %row shape = [5, 3] dims = [1] : (tensor<3xf32>) -> tensor<5x3xf32>
  %4 = etch.mul %b, %3 : tensor<5x3xf32>
  %5 = etch.sub %4, %b : tensor<5x3xf32>
  return %2, %5 : tensor<7x3xf32>, tensor<5x3xf32>
}
