// RUN: etch-opt %s --etch-inline-calls | FileCheck %s
// Calls of calls go, and so do functions that nobody calls any more.
// CHECK-LABEL: func.func @main(%arg0: tensor<2xf32>)
// CHECK-NEXT: %[[ONCE:.*]] = etch.neg %arg0
// CHECK-NEXT: %[[TWICE:.*]] = etch.neg %[[ONCE]]
// CHECK-NEXT: return %[[TWICE]]
// CHECK-NOT: func.func
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.call @twice(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
func.func private @twice(%a: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.call @negated(%a) : (tensor<2xf32>) -> tensor<2xf32>
  %1 = etch.call @negated(%0) : (tensor<2xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}
func.func private @negated(%a: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.neg %a : tensor<2xf32>
  return %0 : tensor<2xf32>
}
func.func private @unused(%a: tensor<2xf32>) -> tensor<2xf32> {
  return %a : tensor<2xf32>
}
