// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @random_uniform(
// CHECK: etch.random_uniform %{{.*}} shape = [2, 3] {dtype = f32} : (tensor<2xi64>) -> tensor<2x3xf32>
func.func @random_uniform(%s: tensor<2xi64>) -> tensor<2x3xf32> {
  %0 = etch.random_uniform %s shape = [2, 3] {dtype = f32} : (tensor<2xi64>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @random_uniform_wide(
// CHECK: etch.random_uniform %{{.*}} shape = [] {dtype = f64} : (tensor<2xi64>) -> tensor<f64>
func.func @random_uniform_wide(%s: tensor<2xi64>) -> tensor<f64> {
  %0 = etch.random_uniform %s shape = [] {dtype = f64} : (tensor<2xi64>) -> tensor<f64>
  return %0 : tensor<f64>
}

// CHECK-LABEL: func.func @random_uniform_unknown_extent(
// CHECK: etch.random_uniform %{{.*}} sizes %{{.*}} shape = [-1] {dtype = f32} : (tensor<2xi64>, tensor<i64>) -> tensor<?xf32>
func.func @random_uniform_unknown_extent(%s: tensor<2xi64>, %n: tensor<i64>) -> tensor<?xf32> {
  %0 = etch.random_uniform %s sizes %n shape = [-1] {dtype = f32} : (tensor<2xi64>, tensor<i64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
