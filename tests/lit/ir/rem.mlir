// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @rem(
// CHECK: etch.rem %{{.*}}, %{{.*}} : tensor<2x3xf32>
func.func @rem(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.rem %x, %y : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @rem_scalar(
// CHECK: etch.rem %{{.*}}, %{{.*}} : tensor<i64>
func.func @rem_scalar(%x: tensor<i64>, %y: tensor<i64>) -> tensor<i64> {
  %0 = etch.rem %x, %y : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @rem_unknown_extent(
// CHECK: etch.rem %{{.*}}, %{{.*}} : tensor<?x3xf32>
func.func @rem_unknown_extent(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.rem %x, %y : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
