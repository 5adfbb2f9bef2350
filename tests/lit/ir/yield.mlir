// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @yield(
// CHECK: etch.yield %{{.*}}, %{{.*}} : tensor<2xf32>, tensor<i64>
// CHECK: etch.yield %{{.*}}, %{{.*}} : tensor<2xf32>, tensor<i64>
func.func @yield(%p: tensor<i1>, %x: tensor<2xf32>, %n: tensor<i64>) -> (tensor<2xf32>, tensor<i64>) {
  %0:2 = etch.if %p : (tensor<i1>) -> (tensor<2xf32>, tensor<i64>) {
    etch.yield %x, %n : tensor<2xf32>, tensor<i64>
  } else {
    etch.yield %x, %n : tensor<2xf32>, tensor<i64>
  }
  return %0#0, %0#1 : tensor<2xf32>, tensor<i64>
}

// CHECK-LABEL: func.func @yield_nothing(
// CHECK: etch.yield{{$}}
// CHECK: etch.yield{{$}}
func.func @yield_nothing(%p: tensor<i1>) {
  etch.if %p : (tensor<i1>) -> () {
    etch.yield
  } else {
    etch.yield
  }
  return
}
