// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @relu(
// CHECK: etch.relu %{{.*}} : tensor<2x3xf32>
func.func @relu(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.relu %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @relu_scalar(
// CHECK: etch.relu %{{.*}} : tensor<i64>
func.func @relu_scalar(%x: tensor<i64>) -> tensor<i64> {
  %0 = etch.relu %x : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @relu_unknown_extent(
// CHECK: etch.relu %{{.*}} : tensor<?x3xf32>
func.func @relu_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.relu %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
