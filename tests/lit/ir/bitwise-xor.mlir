// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @bitwise_xor(
// CHECK: etch.bitwise_xor %{{.*}}, %{{.*}} : tensor<2x3xi32>
func.func @bitwise_xor(%x: tensor<2x3xi32>, %y: tensor<2x3xi32>) -> tensor<2x3xi32> {
  %0 = etch.bitwise_xor %x, %y : tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// CHECK-LABEL: func.func @bitwise_xor_scalar(
// CHECK: etch.bitwise_xor %{{.*}}, %{{.*}} : tensor<ui8>
func.func @bitwise_xor_scalar(%x: tensor<ui8>, %y: tensor<ui8>) -> tensor<ui8> {
  %0 = etch.bitwise_xor %x, %y : tensor<ui8>
  return %0 : tensor<ui8>
}

// CHECK-LABEL: func.func @bitwise_xor_unknown_extent(
// CHECK: etch.bitwise_xor %{{.*}}, %{{.*}} : tensor<?x3xi32>
func.func @bitwise_xor_unknown_extent(%x: tensor<?x3xi32>, %y: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %0 = etch.bitwise_xor %x, %y : tensor<?x3xi32>
  return %0 : tensor<?x3xi32>
}
