// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @dot_product_attention(
// CHECK: etch.dot_product_attention %{{.*}}, %{{.*}}, %{{.*}} causal = 1 : (tensor<2x5x8xf32>, tensor<2x7x8xf32>, tensor<2x7x3xf32>) -> (tensor<2x5x3xf32>, tensor<2x5xf32>)
func.func @dot_product_attention(%q: tensor<2x5x8xf32>, %k: tensor<2x7x8xf32>, %v: tensor<2x7x3xf32>) -> tensor<2x5x3xf32> {
  %r, %l = etch.dot_product_attention %q, %k, %v causal = 1
    : (tensor<2x5x8xf32>, tensor<2x7x8xf32>, tensor<2x7x3xf32>) -> (tensor<2x5x3xf32>, tensor<2x5xf32>)
  return %r : tensor<2x5x3xf32>
}

// A mask may have extent 1 along all axes but the keys'; what one operand knows is known.
// CHECK-LABEL: func.func @mask_and_unknown_extents(
// CHECK: etch.dot_product_attention %{{.*}}, %{{.*}}, %{{.*}} mask = %{{.*}} causal = 0 : (tensor<?x?x8xf64>, tensor<2x?x8xf64>, tensor<2x7x?xf64>, tensor<1x1x?xi1>) -> (tensor<2x?x?xf64>, tensor<2x?xf64>)
func.func @mask_and_unknown_extents(%q: tensor<?x?x8xf64>, %k: tensor<2x?x8xf64>, %v: tensor<2x7x?xf64>, %m: tensor<1x1x?xi1>) -> tensor<2x?x?xf64> {
  %r, %l = etch.dot_product_attention %q, %k, %v mask = %m causal = 0
    : (tensor<?x?x8xf64>, tensor<2x?x8xf64>, tensor<2x7x?xf64>, tensor<1x1x?xi1>) -> (tensor<2x?x?xf64>, tensor<2x?xf64>)
  return %r : tensor<2x?x?xf64>
}
