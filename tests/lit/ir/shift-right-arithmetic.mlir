// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @shift_right_arithmetic(
// CHECK: etch.shift_right_arithmetic %{{.*}}, %{{.*}} : tensor<2x3xi32>
func.func @shift_right_arithmetic(%x: tensor<2x3xi32>, %y: tensor<2x3xi32>) -> tensor<2x3xi32> {
  %0 = etch.shift_right_arithmetic %x, %y : tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// CHECK-LABEL: func.func @shift_right_arithmetic_scalar(
// CHECK: etch.shift_right_arithmetic %{{.*}}, %{{.*}} : tensor<ui8>
func.func @shift_right_arithmetic_scalar(%x: tensor<ui8>, %y: tensor<ui8>) -> tensor<ui8> {
  %0 = etch.shift_right_arithmetic %x, %y : tensor<ui8>
  return %0 : tensor<ui8>
}

// CHECK-LABEL: func.func @shift_right_arithmetic_unknown_extent(
// CHECK: etch.shift_right_arithmetic %{{.*}}, %{{.*}} : tensor<?x3xi32>
func.func @shift_right_arithmetic_unknown_extent(%x: tensor<?x3xi32>, %y: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %0 = etch.shift_right_arithmetic %x, %y : tensor<?x3xi32>
  return %0 : tensor<?x3xi32>
}
