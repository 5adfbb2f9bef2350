// RUN: etch-opt %s | etch-opt | FileCheck %s

func.func private @f(tensor<2xf32>) -> tensor<2xf32>
func.func private @index(tensor<2xf32>) -> tensor<i64>

// CHECK-LABEL: func.func @vjp(
// CHECK: etch.vjp @f(%{{.*}}) cotangents(%{{.*}}) wrt = [0] : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
func.func @vjp(%x: tensor<2xf32>, %ct: tensor<2xf32>) -> tensor<2xf32> {
  %0:2 = etch.vjp @f(%x) cotangents(%ct) wrt = [0] : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
  return %0#1 : tensor<2xf32>
}

// An integer result takes no cotangent.
// CHECK-LABEL: func.func @vjp_no_cotangents(
// CHECK: etch.vjp @index(%{{.*}}) cotangents() wrt = [0] : (tensor<2xf32>) -> (tensor<i64>, tensor<2xf32>)
func.func @vjp_no_cotangents(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0:2 = etch.vjp @index(%x) cotangents() wrt = [0] : (tensor<2xf32>) -> (tensor<i64>, tensor<2xf32>)
  return %0#1 : tensor<2xf32>
}
