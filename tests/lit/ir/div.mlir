// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @div(
// CHECK: etch.div %{{.*}}, %{{.*}} : tensor<2x3xf32>
func.func @div(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.div %x, %y : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @div_scalar(
// CHECK: etch.div %{{.*}}, %{{.*}} : tensor<i64>
func.func @div_scalar(%x: tensor<i64>, %y: tensor<i64>) -> tensor<i64> {
  %0 = etch.div %x, %y : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @div_unknown_extent(
// CHECK: etch.div %{{.*}}, %{{.*}} : tensor<?x3xf32>
func.func @div_unknown_extent(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.div %x, %y : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
