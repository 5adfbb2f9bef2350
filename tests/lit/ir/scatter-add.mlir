// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @scatter_add(
// CHECK: etch.scatter_add %{{.*}}, %{{.*}}, %{{.*}} axis = 1 : (tensor<2x3x4xf32>, tensor<5xi32>, tensor<2x5x4xf32>) -> tensor<2x3x4xf32>
func.func @scatter_add(%x: tensor<2x3x4xf32>, %i: tensor<5xi32>, %u: tensor<2x5x4xf32>) -> tensor<2x3x4xf32> {
  %0 = etch.scatter_add %x, %i, %u axis = 1 : (tensor<2x3x4xf32>, tensor<5xi32>, tensor<2x5x4xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @scatter_add_unknown_extent(
// CHECK: etch.scatter_add %{{.*}}, %{{.*}}, %{{.*}} axis = 0 : (tensor<?x4xf32>, tensor<?xi64>, tensor<?x4xf32>) -> tensor<?x4xf32>
func.func @scatter_add_unknown_extent(%x: tensor<?x4xf32>, %i: tensor<?xi64>, %u: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = etch.scatter_add %x, %i, %u axis = 0 : (tensor<?x4xf32>, tensor<?xi64>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
