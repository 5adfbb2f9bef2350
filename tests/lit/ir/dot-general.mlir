// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @dot_general(
// CHECK: etch.dot_general %{{.*}}, %{{.*}} batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
func.func @dot_general(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) -> tensor<2x4xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @dot_general_batch(
// CHECK: etch.dot_general %{{.*}}, %{{.*}} batch = [0] x [1] contract = [2] x [0] : (tensor<5x2x3xf64>, tensor<3x5x4xf64>) -> tensor<5x2x4xf64>
func.func @dot_general_batch(%x: tensor<5x2x3xf64>, %y: tensor<3x5x4xf64>) -> tensor<5x2x4xf64> {
  %0 = etch.dot_general %x, %y batch = [0] x [1] contract = [2] x [0] : (tensor<5x2x3xf64>, tensor<3x5x4xf64>) -> tensor<5x2x4xf64>
  return %0 : tensor<5x2x4xf64>
}

// CHECK-LABEL: func.func @dot_general_outer(
// CHECK: etch.dot_general %{{.*}}, %{{.*}} batch = [] x [] contract = [] x [] : (tensor<2xi32>, tensor<3xi32>) -> tensor<2x3xi32>
func.func @dot_general_outer(%x: tensor<2xi32>, %y: tensor<3xi32>) -> tensor<2x3xi32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [] x [] : (tensor<2xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// CHECK-LABEL: func.func @dot_general_unknown_extent(
// CHECK: etch.dot_general %{{.*}}, %{{.*}} batch = [] x [] contract = [1] x [0] : (tensor<?x?xf32>, tensor<3x4xf32>) -> tensor<?x4xf32>
func.func @dot_general_unknown_extent(%x: tensor<?x?xf32>, %y: tensor<3x4xf32>) -> tensor<?x4xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<?x?xf32>, tensor<3x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
