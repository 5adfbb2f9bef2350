// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @linear_scan(
// CHECK: etch.linear_scan %{{.*}}, %{{.*}} axis = 1 reverse = 0 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @linear_scan(%a: tensor<2x3xf32>, %b: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.linear_scan %a, %b axis = 1 reverse = 0 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// An extent that one operand knows is known.
// CHECK-LABEL: func.func @linear_scan_unknown_extent(
// CHECK: etch.linear_scan %{{.*}}, %{{.*}} axis = 0 reverse = 1 : (tensor<?x?xf64>, tensor<?x3xf64>) -> tensor<?x3xf64>
func.func @linear_scan_unknown_extent(%a: tensor<?x?xf64>, %b: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %0 = etch.linear_scan %a, %b axis = 0 reverse = 1 : (tensor<?x?xf64>, tensor<?x3xf64>) -> tensor<?x3xf64>
  return %0 : tensor<?x3xf64>
}
