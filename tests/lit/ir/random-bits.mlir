// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @random_bits(
// CHECK: etch.random_bits %{{.*}} shape = [2, 3] {dtype = i32} : (tensor<2xi64>) -> tensor<2x3xi32>
func.func @random_bits(%s: tensor<2xi64>) -> tensor<2x3xi32> {
  %0 = etch.random_bits %s shape = [2, 3] {dtype = i32} : (tensor<2xi64>) -> tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// CHECK-LABEL: func.func @random_bits_wide(
// CHECK: etch.random_bits %{{.*}} shape = [] {dtype = i64} : (tensor<2xi64>) -> tensor<i64>
func.func @random_bits_wide(%s: tensor<2xi64>) -> tensor<i64> {
  %0 = etch.random_bits %s shape = [] {dtype = i64} : (tensor<2xi64>) -> tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: func.func @random_bits_unknown_extent(
// CHECK: etch.random_bits %{{.*}} sizes %{{.*}} shape = [-1] {dtype = i32} : (tensor<2xi64>, tensor<i64>) -> tensor<?xi32>
func.func @random_bits_unknown_extent(%s: tensor<2xi64>, %n: tensor<i64>) -> tensor<?xi32> {
  %0 = etch.random_bits %s sizes %n shape = [-1] {dtype = i32} : (tensor<2xi64>, tensor<i64>) -> tensor<?xi32>
  return %0 : tensor<?xi32>
}
