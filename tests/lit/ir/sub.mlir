// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @sub(
// CHECK: etch.sub %{{.*}}, %{{.*}} : tensor<2x3xf32>
func.func @sub(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.sub %x, %y : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @sub_scalar(
// CHECK: etch.sub %{{.*}}, %{{.*}} : tensor<i64>
func.func @sub_scalar(%x: tensor<i64>, %y: tensor<i64>) -> tensor<i64> {
  %0 = etch.sub %x, %y : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @sub_unknown_extent(
// CHECK: etch.sub %{{.*}}, %{{.*}} : tensor<?x3xf32>
func.func @sub_unknown_extent(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.sub %x, %y : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
