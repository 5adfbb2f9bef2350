// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @concatenate(
// CHECK: etch.concatenate %{{.*}}, %{{.*}} axis = 1 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
func.func @concatenate(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x7xf32> {
  %0 = etch.concatenate %x, %y axis = 1 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  return %0 : tensor<2x7xf32>
}

// CHECK-LABEL: func.func @concatenate_one(
// CHECK: etch.concatenate %{{.*}} axis = 0 : (tensor<2xi1>) -> tensor<2xi1>
func.func @concatenate_one(%x: tensor<2xi1>) -> tensor<2xi1> {
  %0 = etch.concatenate %x axis = 0 : (tensor<2xi1>) -> tensor<2xi1>
  return %0 : tensor<2xi1>
}

// CHECK-LABEL: func.func @concatenate_unknown_extent(
// CHECK: etch.concatenate %{{.*}}, %{{.*}} axis = 0 : (tensor<?x3xf32>, tensor<2x?xf32>) -> tensor<?x3xf32>
func.func @concatenate_unknown_extent(%x: tensor<?x3xf32>, %y: tensor<2x?xf32>) -> tensor<?x3xf32> {
  %0 = etch.concatenate %x, %y axis = 0 : (tensor<?x3xf32>, tensor<2x?xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
