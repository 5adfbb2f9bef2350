// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @stop_gradient(
// CHECK: etch.stop_gradient %{{.*}} : tensor<2x3xf32>
func.func @stop_gradient(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.stop_gradient %x : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @stop_gradient_scalar(
// CHECK: etch.stop_gradient %{{.*}} : tensor<i1>
func.func @stop_gradient_scalar(%x: tensor<i1>) -> tensor<i1> {
  %0 = etch.stop_gradient %x : tensor<i1>
  return %0 : tensor<i1>
}

// CHECK-LABEL: func.func @stop_gradient_unknown_extent(
// CHECK: etch.stop_gradient %{{.*}} : tensor<?x3xf32>
func.func @stop_gradient_unknown_extent(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.stop_gradient %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
