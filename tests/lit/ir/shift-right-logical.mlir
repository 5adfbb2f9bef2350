// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @shift_right_logical(
// CHECK: etch.shift_right_logical %{{.*}}, %{{.*}} : tensor<2x3xi32>
func.func @shift_right_logical(%x: tensor<2x3xi32>, %y: tensor<2x3xi32>) -> tensor<2x3xi32> {
  %0 = etch.shift_right_logical %x, %y : tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// CHECK-LABEL: func.func @shift_right_logical_scalar(
// CHECK: etch.shift_right_logical %{{.*}}, %{{.*}} : tensor<ui8>
func.func @shift_right_logical_scalar(%x: tensor<ui8>, %y: tensor<ui8>) -> tensor<ui8> {
  %0 = etch.shift_right_logical %x, %y : tensor<ui8>
  return %0 : tensor<ui8>
}

// CHECK-LABEL: func.func @shift_right_logical_unknown_extent(
// CHECK: etch.shift_right_logical %{{.*}}, %{{.*}} : tensor<?x3xi32>
func.func @shift_right_logical_unknown_extent(%x: tensor<?x3xi32>, %y: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %0 = etch.shift_right_logical %x, %y : tensor<?x3xi32>
  return %0 : tensor<?x3xi32>
}
