// RUN: etch-opt %s --etch-expand-derivatives --canonicalize --split-input-file | FileCheck %s

func.func private @f(%q: tensor<5x8xf32>, %k: tensor<7x8xf32>, %v: tensor<7x3xf32>) -> tensor<5x3xf32> {
  %r, %l = etch.dot_product_attention %q, %k, %v causal = 0
    : (tensor<5x8xf32>, tensor<7x8xf32>, tensor<7x3xf32>) -> (tensor<5x3xf32>, tensor<5xf32>)
  return %r : tensor<5x3xf32>
}

// Reverse mode keeps one number a query.
// CHECK-LABEL: func.func @reverse(
// CHECK: %[[R:.*]], %[[L:.*]] = etch.dot_product_attention
// CHECK: %[[P:.*]] = etch.mul %{{.*}}, %[[R]]
// CHECK: %[[D:.*]] = etch.reduce_sum %[[P]] axes = [1]
// CHECK: etch.dot_product_attention_gradient %{{.*}}, %{{.*}}, %{{.*}} of %{{.*}}, %[[L]], %[[D]] causal = 0
func.func @reverse(%q: tensor<5x8xf32>, %k: tensor<7x8xf32>, %v: tensor<7x3xf32>, %g: tensor<5x3xf32>) -> tensor<5x8xf32> {
  %r:2 = etch.vjp @f(%q, %k, %v) cotangents(%g) wrt = [0]
    : (tensor<5x8xf32>, tensor<7x8xf32>, tensor<7x3xf32>, tensor<5x3xf32>) -> (tensor<5x3xf32>, tensor<5x8xf32>)
  return %r#1 : tensor<5x8xf32>
}

// Forward mode differentiates what is written out.
// CHECK-LABEL: func.func @forward(
// CHECK-NOT: etch.dot_product_attention
// CHECK: etch.exp
// CHECK: return
func.func @forward(%q: tensor<5x8xf32>, %k: tensor<7x8xf32>, %v: tensor<7x3xf32>, %t: tensor<5x8xf32>) -> tensor<5x3xf32> {
  %r:2 = etch.jvp @f(%q, %k, %v) tangents(%t) wrt = [0]
    : (tensor<5x8xf32>, tensor<7x8xf32>, tensor<7x3xf32>, tensor<5x8xf32>) -> (tensor<5x3xf32>, tensor<5x3xf32>)
  return %r#1 : tensor<5x3xf32>
}

// -----

// The derivative by what is added to the scores is as large as they are, and is written out.
func.func private @f(%q: tensor<5x8xf32>, %k: tensor<7x8xf32>, %v: tensor<7x3xf32>, %m: tensor<1x7xf32>) -> tensor<5x3xf32> {
  %r, %l = etch.dot_product_attention %q, %k, %v mask = %m causal = 0
    : (tensor<5x8xf32>, tensor<7x8xf32>, tensor<7x3xf32>, tensor<1x7xf32>) -> (tensor<5x3xf32>, tensor<5xf32>)
  return %r : tensor<5x3xf32>
}

// CHECK-LABEL: func.func @by_mask(
// CHECK-NOT: etch.dot_product_attention_gradient
// CHECK: etch.reduce_sum %{{.*}} axes = [0] : (tensor<5x7xf32>)
func.func @by_mask(%q: tensor<5x8xf32>, %k: tensor<7x8xf32>, %v: tensor<7x3xf32>, %m: tensor<1x7xf32>, %g: tensor<5x3xf32>) -> tensor<1x7xf32> {
  %r:2 = etch.vjp @f(%q, %k, %v, %m) cotangents(%g) wrt = [3]
    : (tensor<5x8xf32>, tensor<7x8xf32>, tensor<7x3xf32>, tensor<1x7xf32>, tensor<5x3xf32>) -> (tensor<5x3xf32>, tensor<1x7xf32>)
  return %r#1 : tensor<1x7xf32>
}
