// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @take(
// CHECK: etch.take %{{.*}}, %{{.*}} axis = 1 : (tensor<2x3x4xf32>, tensor<5x6xi32>) -> tensor<2x5x6x4xf32>
func.func @take(%x: tensor<2x3x4xf32>, %i: tensor<5x6xi32>) -> tensor<2x5x6x4xf32> {
  %0 = etch.take %x, %i axis = 1 : (tensor<2x3x4xf32>, tensor<5x6xi32>) -> tensor<2x5x6x4xf32>
  return %0 : tensor<2x5x6x4xf32>
}

// CHECK-LABEL: func.func @take_scalar_index(
// CHECK: etch.take %{{.*}}, %{{.*}} axis = 0 : (tensor<3xi1>, tensor<i64>) -> tensor<i1>
func.func @take_scalar_index(%x: tensor<3xi1>, %i: tensor<i64>) -> tensor<i1> {
  %0 = etch.take %x, %i axis = 0 : (tensor<3xi1>, tensor<i64>) -> tensor<i1>
  return %0 : tensor<i1>
}

// CHECK-LABEL: func.func @take_unknown_extent(
// CHECK: etch.take %{{.*}}, %{{.*}} axis = 0 : (tensor<?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
func.func @take_unknown_extent(%x: tensor<?x4xf32>, %i: tensor<?xi64>) -> tensor<?x4xf32> {
  %0 = etch.take %x, %i axis = 0 : (tensor<?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
