// RUN: etch-opt %s --etch-inline-calls --split-input-file | FileCheck %s

// Calls of calls, several times, also inside regions; nobody's functions are gone.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = etch.neg %arg1
// CHECK: %[[B:.*]] = etch.exp %[[A]]
// CHECK: etch.if
// CHECK: etch.neg %[[B]]
// CHECK: etch.exp
// CHECK-NOT: @outer
// CHECK-NOT: @inner
func.func @main(%p: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = etch.call @outer(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = etch.if %p : (tensor<i1>) -> tensor<4xf32> {
    %2 = etch.call @outer(%0) : (tensor<4xf32>) -> tensor<4xf32>
    etch.yield %2 : tensor<4xf32>
  } else {
    etch.yield %0 : tensor<4xf32>
  }
  return %1 : tensor<4xf32>
}
func.func private @outer(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = etch.call @inner(%a) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = etch.exp %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func private @inner(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = etch.neg %a : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// A function that hands on its argument; the forward part of a custom derivative.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[E:.*]] = etch.exp %arg0
// CHECK-NEXT: return %arg0, %[[E]]
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = etch.call @same(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = etch.custom_vjp @forward backward @backward(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}
func.func private @same(%a: tensor<4xf32>) -> tensor<4xf32> {
  return %a : tensor<4xf32>
}
func.func private @forward(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = etch.exp %a : tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @backward(%a: tensor<4xf32>, %d: tensor<4xf32>) -> tensor<4xf32> {
  return %d : tensor<4xf32>
}
