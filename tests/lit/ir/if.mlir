// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @if(
// CHECK: etch.if %{{.*}} : (tensor<i1>) -> tensor<2xf32> {
// CHECK-NEXT: etch.neg
// CHECK-NEXT: etch.yield
// CHECK-NEXT: } else {
// CHECK-NEXT: etch.yield
// CHECK-NEXT: }
func.func @if(%p: tensor<i1>, %x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.if %p : (tensor<i1>) -> tensor<2xf32> {
    %1 = etch.neg %x : tensor<2xf32>
    etch.yield %1 : tensor<2xf32>
  } else {
    etch.yield %x : tensor<2xf32>
  }
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @if_several_results(
// CHECK: etch.if %{{.*}} : (tensor<i1>) -> (tensor<2xf32>, tensor<i64>) {
func.func @if_several_results(%p: tensor<i1>, %x: tensor<2xf32>, %n: tensor<i64>) -> tensor<i64> {
  %0:2 = etch.if %p : (tensor<i1>) -> (tensor<2xf32>, tensor<i64>) {
    etch.yield %x, %n : tensor<2xf32>, tensor<i64>
  } else {
    etch.yield %x, %n : tensor<2xf32>, tensor<i64>
  }
  return %0#1 : tensor<i64>
}

// CHECK-LABEL: func.func @if_effects_only(
// CHECK: etch.if %{{.*}} : (tensor<i1>) -> () {
func.func @if_effects_only(%p: tensor<i1>, %x: tensor<2xf32>) {
  etch.if %p : (tensor<i1>) -> () {
    etch.print "{}"(%x) : tensor<2xf32>
    etch.yield
  } else {
    etch.yield
  }
  return
}
