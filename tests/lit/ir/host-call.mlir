// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @host_call(
// CHECK: etch.host_call 7(%{{.*}}) : (tensor<2xf32>) -> (tensor<?xf32>, tensor<i64>)
func.func @host_call(%x: tensor<2xf32>) -> (tensor<?xf32>, tensor<i64>) {
  %0:2 = etch.host_call 7(%x) : (tensor<2xf32>) -> (tensor<?xf32>, tensor<i64>)
  return %0#0, %0#1 : tensor<?xf32>, tensor<i64>
}

// CHECK-LABEL: func.func @host_call_nothing(
// CHECK: etch.host_call 8() : () -> ()
func.func @host_call_nothing() {
  etch.host_call 8() : () -> ()
  return
}
