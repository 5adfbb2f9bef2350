// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @iota(
// CHECK: etch.iota shape = [2, 3] axis = 1 {dtype = i64} : () -> tensor<2x3xi64>
func.func @iota() -> tensor<2x3xi64> {
  %0 = etch.iota shape = [2, 3] axis = 1 {dtype = i64} : () -> tensor<2x3xi64>
  return %0 : tensor<2x3xi64>
}

// CHECK-LABEL: func.func @iota_unknown_extent(
// CHECK: etch.iota sizes %{{.*}} shape = [2, -1] axis = 0 {dtype = f32} : (tensor<i64>) -> tensor<2x?xf32>
func.func @iota_unknown_extent(%n: tensor<i64>) -> tensor<2x?xf32> {
  %0 = etch.iota sizes %n shape = [2, -1] axis = 0 {dtype = f32} : (tensor<i64>) -> tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}
