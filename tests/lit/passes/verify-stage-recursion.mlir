// A function that calls itself, through others or for its derivative, is refused: calls were copied into their callers
// for ever.
// RUN: not etch-opt %s --stop-after=tensor --split-input-file 2>&1 | FileCheck %s

// CHECK: error: 'func.func' op calls itself; calls are copied into their callers
func.func @call(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = etch.call @call(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// CHECK: error: 'func.func' op calls itself
func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0:2 = etch.vjp @g(%x) cotangents(%x) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %0#1 : tensor<4xf32>
}
func.func private @g(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = etch.call @f(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @call(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = etch.call @f(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
