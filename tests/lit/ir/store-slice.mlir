// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @store_slice(
// CHECK: etch.store_slice %{{.*}} into %{{.*}} at %{{.*}} : (tensor<5x2xf32>, tensor<2xf32>, tensor<i64>) -> tensor<5x2xf32>
// CHECK: etch.store_slice %{{.*}} into %{{.*}} at %{{.*}} in_place : (tensor<5x2xf32>, tensor<2xf32>, tensor<i64>) -> tensor<5x2xf32>
func.func @store_slice(%x: tensor<5x2xf32>, %s: tensor<2xf32>, %i: tensor<i64>) -> tensor<5x2xf32> {
  %0 = etch.store_slice %s into %x at %i : (tensor<5x2xf32>, tensor<2xf32>, tensor<i64>) -> tensor<5x2xf32>
  %1 = etch.store_slice %s into %0 at %i in_place : (tensor<5x2xf32>, tensor<2xf32>, tensor<i64>) -> tensor<5x2xf32>
  return %1 : tensor<5x2xf32>
}
