// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @constant(
// CHECK: etch.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
func.func @constant() -> tensor<2xf32> {
  %0 = etch.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @constant_splat(
// CHECK: etch.constant dense<7> : tensor<2x3xi64>
func.func @constant_splat() -> tensor<2x3xi64> {
  %0 = etch.constant dense<7> : tensor<2x3xi64>
  return %0 : tensor<2x3xi64>
}

// CHECK-LABEL: func.func @constant_bool(
// CHECK: etch.constant dense<[true, false]> : tensor<2xi1>
func.func @constant_bool() -> tensor<2xi1> {
  %0 = etch.constant dense<[true, false]> : tensor<2xi1>
  return %0 : tensor<2xi1>
}

// CHECK-LABEL: func.func @constant_u8(
// CHECK: etch.constant dense<255> : tensor<ui8>
func.func @constant_u8() -> tensor<ui8> {
  %0 = etch.constant dense<255> : tensor<ui8>
  return %0 : tensor<ui8>
}

// CHECK-LABEL: func.func @constant_empty(
// CHECK: etch.constant dense<> : tensor<0xf32>
func.func @constant_empty() -> tensor<0xf32> {
  %0 = etch.constant dense<> : tensor<0xf32>
  return %0 : tensor<0xf32>
}
