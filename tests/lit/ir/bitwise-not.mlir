// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @bitwise_not(
// CHECK: etch.bitwise_not %{{.*}} : tensor<2x3xi32>
func.func @bitwise_not(%x: tensor<2x3xi32>) -> tensor<2x3xi32> {
  %0 = etch.bitwise_not %x : tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// CHECK-LABEL: func.func @bitwise_not_scalar(
// CHECK: etch.bitwise_not %{{.*}} : tensor<ui8>
func.func @bitwise_not_scalar(%x: tensor<ui8>) -> tensor<ui8> {
  %0 = etch.bitwise_not %x : tensor<ui8>
  return %0 : tensor<ui8>
}

// CHECK-LABEL: func.func @bitwise_not_unknown_extent(
// CHECK: etch.bitwise_not %{{.*}} : tensor<?x3xi32>
func.func @bitwise_not_unknown_extent(%x: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %0 = etch.bitwise_not %x : tensor<?x3xi32>
  return %0 : tensor<?x3xi32>
}
