// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @gradient(
// CHECK: etch.dot_product_attention_gradient %{{.*}}, %{{.*}}, %{{.*}} of %{{.*}}, %{{.*}}, %{{.*}} mask = %{{.*}} causal = 0
// CHECK-SAME: -> (tensor<5x8xf32>, tensor<7x8xf32>, tensor<7x3xf32>)
func.func @gradient(%q: tensor<5x8xf32>, %k: tensor<7x8xf32>, %v: tensor<7x3xf32>, %g: tensor<5x3xf32>, %l: tensor<5xf32>, %d: tensor<5xf32>, %m: tensor<5x7xf32>) -> tensor<7x3xf32> {
  %q1, %k1, %v1 = etch.dot_product_attention_gradient %q, %k, %v of %g, %l, %d mask = %m causal = 0
    : (tensor<5x8xf32>, tensor<7x8xf32>, tensor<7x3xf32>, tensor<5x3xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5x7xf32>)
      -> (tensor<5x8xf32>, tensor<7x8xf32>, tensor<7x3xf32>)
  return %v1 : tensor<7x3xf32>
}

// CHECK-LABEL: func.func @unknown_extents(
// CHECK: etch.dot_product_attention_gradient
// CHECK-SAME: -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x3xf32>)
func.func @unknown_extents(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x3xf32>, %g: tensor<?x3xf32>, %l: tensor<?xf32>) -> tensor<?x3xf32> {
  %q1, %k1, %v1 = etch.dot_product_attention_gradient %q, %k, %v of %g, %l, %l causal = 1
    : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?xf32>, tensor<?xf32>)
      -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x3xf32>)
  return %v1 : tensor<?x3xf32>
}
