// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @cast(
// CHECK: etch.cast %{{.*}} {dtype = i32} : (tensor<2x3xf32>) -> tensor<2x3xi32>
func.func @cast(%x: tensor<2x3xf32>) -> tensor<2x3xi32> {
  %0 = etch.cast %x {dtype = i32} : (tensor<2x3xf32>) -> tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// CHECK-LABEL: func.func @cast_u8(
// CHECK: etch.cast %{{.*}} {dtype = ui8} : (tensor<?xi1>) -> tensor<?xui8>
func.func @cast_u8(%x: tensor<?xi1>) -> tensor<?xui8> {
  %0 = etch.cast %x {dtype = ui8} : (tensor<?xi1>) -> tensor<?xui8>
  return %0 : tensor<?xui8>
}
