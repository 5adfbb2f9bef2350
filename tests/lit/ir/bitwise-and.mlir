// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @bitwise_and(
// CHECK: etch.bitwise_and %{{.*}}, %{{.*}} : tensor<2x3xi32>
func.func @bitwise_and(%x: tensor<2x3xi32>, %y: tensor<2x3xi32>) -> tensor<2x3xi32> {
  %0 = etch.bitwise_and %x, %y : tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// CHECK-LABEL: func.func @bitwise_and_scalar(
// CHECK: etch.bitwise_and %{{.*}}, %{{.*}} : tensor<ui8>
func.func @bitwise_and_scalar(%x: tensor<ui8>, %y: tensor<ui8>) -> tensor<ui8> {
  %0 = etch.bitwise_and %x, %y : tensor<ui8>
  return %0 : tensor<ui8>
}

// CHECK-LABEL: func.func @bitwise_and_unknown_extent(
// CHECK: etch.bitwise_and %{{.*}}, %{{.*}} : tensor<?x3xi32>
func.func @bitwise_and_unknown_extent(%x: tensor<?x3xi32>, %y: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %0 = etch.bitwise_and %x, %y : tensor<?x3xi32>
  return %0 : tensor<?x3xi32>
}
