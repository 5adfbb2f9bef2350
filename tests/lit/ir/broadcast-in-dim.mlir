// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @broadcast_in_dim(
// CHECK: etch.broadcast_in_dim %{{.*}} shape = [2, 3] dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
func.func @broadcast_in_dim(%x: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = etch.broadcast_in_dim %x shape = [2, 3] dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @broadcast_in_dim_scalar(
// CHECK: etch.broadcast_in_dim %{{.*}} shape = [2, 3] dims = [] : (tensor<i1>) -> tensor<2x3xi1>
func.func @broadcast_in_dim_scalar(%x: tensor<i1>) -> tensor<2x3xi1> {
  %0 = etch.broadcast_in_dim %x shape = [2, 3] dims = [] : (tensor<i1>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @broadcast_in_dim_unknown_extent(
// CHECK: etch.broadcast_in_dim %{{.*}} sizes %{{.*}} shape = [-1, 3] dims = [1] : (tensor<3xf32>, tensor<i64>) -> tensor<?x3xf32>
func.func @broadcast_in_dim_unknown_extent(%x: tensor<3xf32>, %n: tensor<i64>) -> tensor<?x3xf32> {
  %0 = etch.broadcast_in_dim %x sizes %n shape = [-1, 3] dims = [1] : (tensor<3xf32>, tensor<i64>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
