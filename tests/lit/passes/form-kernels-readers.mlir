// RUN: etch-opt %s --etch-form-kernels | FileCheck %s
// The gradient of an rms norm: a group with two later readers moved into one of them, which then moved past the other, so that
// the sum over columns ran before what it sums.

// CHECK-LABEL: func.func @step
// CHECK-NEXT: %[[ROWS:.*]]:3 = etch.launch @square_reduce_sum
// CHECK-NEXT: %[[SUM:.*]] = etch.launch @reduce_sum(%[[ROWS]]#0)
// CHECK-NEXT: etch.launch @mul_mul_add
// CHECK-NEXT: return %{{.*}}, %[[SUM]]
func.func @step(%arg0: tensor<4x3x5xf64>, %arg1: tensor<5xf64>, %arg2: tensor<4x3x5xf64>) -> (tensor<4x3x5xf64>, tensor<5xf64>) {
  %0 = etch.square %arg0 : tensor<4x3x5xf64>
  %1 = etch.reduce_sum %0 axes = [2] : (tensor<4x3x5xf64>) -> tensor<4x3xf64>
  %2 = etch.constant dense<5.000000e+00> : tensor<4x3xf64>
  %3 = etch.div %1, %2 : tensor<4x3xf64>
  %4 = etch.constant dense<1.000000e-05> : tensor<4x3xf64>
  %5 = etch.add %3, %4 : tensor<4x3xf64>
  %6 = etch.rsqrt %5 : tensor<4x3xf64>
  %7 = etch.broadcast_in_dim %6 shape = [4, 3, 5] dims = [0, 1] : (tensor<4x3xf64>) -> tensor<4x3x5xf64>
  %8 = etch.mul %arg0, %7 : tensor<4x3x5xf64>
  %9 = etch.broadcast_in_dim %arg1 shape = [4, 3, 5] dims = [2] : (tensor<5xf64>) -> tensor<4x3x5xf64>
  %10 = etch.mul %arg2, %9 : tensor<4x3x5xf64>
  %11 = etch.mul %arg2, %8 : tensor<4x3x5xf64>
  %12 = etch.reduce_sum %11 axes = [0, 1] : (tensor<4x3x5xf64>) -> tensor<5xf64>
  %13 = etch.mul %10, %7 : tensor<4x3x5xf64>
  %14 = etch.mul %10, %arg0 : tensor<4x3x5xf64>
  %15 = etch.reduce_sum %14 axes = [2] : (tensor<4x3x5xf64>) -> tensor<4x3xf64>
  %16 = etch.div %6, %5 : tensor<4x3xf64>
  %17 = etch.constant dense<-5.000000e-01> : tensor<4x3xf64>
  %18 = etch.mul %17, %16 : tensor<4x3xf64>
  %19 = etch.mul %15, %18 : tensor<4x3xf64>
  %20 = etch.div %19, %2 : tensor<4x3xf64>
  %21 = etch.broadcast_in_dim %20 shape = [4, 3, 5] dims = [0, 1] : (tensor<4x3xf64>) -> tensor<4x3x5xf64>
  %22 = etch.constant dense<2.000000e+00> : tensor<4x3x5xf64>
  %23 = etch.mul %22, %arg0 : tensor<4x3x5xf64>
  %24 = etch.mul %21, %23 : tensor<4x3x5xf64>
  %25 = etch.add %13, %24 : tensor<4x3x5xf64>
  return %25, %12 : tensor<4x3x5xf64>, tensor<5xf64>
}
