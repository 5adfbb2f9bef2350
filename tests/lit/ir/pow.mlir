// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @pow(
// CHECK: etch.pow %{{.*}}, %{{.*}} : tensor<2x3xf32>
func.func @pow(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.pow %x, %y : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @pow_scalar(
// CHECK: etch.pow %{{.*}}, %{{.*}} : tensor<i64>
func.func @pow_scalar(%x: tensor<i64>, %y: tensor<i64>) -> tensor<i64> {
  %0 = etch.pow %x, %y : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @pow_unknown_extent(
// CHECK: etch.pow %{{.*}}, %{{.*}} : tensor<?x3xf32>
func.func @pow_unknown_extent(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.pow %x, %y : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
