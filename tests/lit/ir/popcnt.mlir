// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @popcnt(
// CHECK: etch.popcnt %{{.*}} : tensor<2x3xi32>
func.func @popcnt(%x: tensor<2x3xi32>) -> tensor<2x3xi32> {
  %0 = etch.popcnt %x : tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// CHECK-LABEL: func.func @popcnt_scalar(
// CHECK: etch.popcnt %{{.*}} : tensor<ui8>
func.func @popcnt_scalar(%x: tensor<ui8>) -> tensor<ui8> {
  %0 = etch.popcnt %x : tensor<ui8>
  return %0 : tensor<ui8>
}

// CHECK-LABEL: func.func @popcnt_unknown_extent(
// CHECK: etch.popcnt %{{.*}} : tensor<?x3xi32>
func.func @popcnt_unknown_extent(%x: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %0 = etch.popcnt %x : tensor<?x3xi32>
  return %0 : tensor<?x3xi32>
}
