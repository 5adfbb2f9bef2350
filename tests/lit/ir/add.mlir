// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @add(
// CHECK: etch.add %{{.*}}, %{{.*}} : tensor<2x3xf32>
func.func @add(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.add %x, %y : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @add_scalar(
// CHECK: etch.add %{{.*}}, %{{.*}} : tensor<i64>
func.func @add_scalar(%x: tensor<i64>, %y: tensor<i64>) -> tensor<i64> {
  %0 = etch.add %x, %y : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @add_unknown_extent(
// CHECK: etch.add %{{.*}}, %{{.*}} : tensor<?x3xf32>
func.func @add_unknown_extent(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.add %x, %y : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
