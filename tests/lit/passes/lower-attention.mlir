// Few scores are written out, all of them under policy strict; then the derivative reads the weights that are there.
// RUN: etch-opt %s --etch-lower-attention --canonicalize --split-input-file | FileCheck %s
// RUN: etch-opt %s --etch-lower-attention=strict --canonicalize --split-input-file | FileCheck %s --check-prefix=STRICT

// CHECK-LABEL: func.func @many
// CHECK: etch.dot_product_attention
// STRICT-LABEL: func.func @many
// STRICT-NOT: etch.dot_product_attention
// STRICT: etch.exp
func.func @many(%q: tensor<2x32x8xf32>, %k: tensor<2x32x8xf32>, %v: tensor<2x32x3xf32>) -> tensor<2x32x3xf32> {
  %r, %l = etch.dot_product_attention %q, %k, %v causal = 0
    : (tensor<2x32x8xf32>, tensor<2x32x8xf32>, tensor<2x32x3xf32>) -> (tensor<2x32x3xf32>, tensor<2x32xf32>)
  return %r : tensor<2x32x3xf32>
}

// -----

// Unknown extents may be large.
// CHECK-LABEL: func.func @unknown
// CHECK: etch.dot_product_attention
// STRICT-LABEL: func.func @unknown
// STRICT-NOT: etch.dot_product_attention
// STRICT: etch.dot_general {{.*}} -> tensor<2x?x?xf32>
func.func @unknown(%q: tensor<2x?x8xf32>, %k: tensor<2x?x8xf32>, %v: tensor<2x?x3xf32>) -> tensor<2x?x3xf32> {
  %r, %l = etch.dot_product_attention %q, %k, %v causal = 0
    : (tensor<2x?x8xf32>, tensor<2x?x8xf32>, tensor<2x?x3xf32>) -> (tensor<2x?x3xf32>, tensor<2x?xf32>)
  return %r : tensor<2x?x3xf32>
}

// -----

// A query that sees no key gets weights 0, not NaN.
// CHECK-LABEL: func.func @masked
// CHECK: etch.dot_general
// CHECK: etch.select {{.*}} : tensor<5x7xi1>, tensor<5x7xf32>
// CHECK: etch.iota
// CHECK: etch.reduce_max
// CHECK: etch.equal
// CHECK: etch.exp
// CHECK: etch.reduce_sum
// CHECK: etch.div
// CHECK: etch.dot_general
func.func @masked(%q: tensor<5x8xf32>, %k: tensor<7x8xf32>, %v: tensor<7x3xf32>, %m: tensor<1x7xi1>) -> tensor<5x3xf32> {
  %r, %l = etch.dot_product_attention %q, %k, %v mask = %m causal = 1
    : (tensor<5x8xf32>, tensor<7x8xf32>, tensor<7x3xf32>, tensor<1x7xi1>) -> (tensor<5x3xf32>, tensor<5xf32>)
  return %r : tensor<5x3xf32>
}

// -----

// One exponential for both.
// CHECK-LABEL: func.func @both
// CHECK: etch.exp
// CHECK-NOT: etch.exp
// CHECK: return
func.func @both(%q: tensor<5x8xf32>, %k: tensor<7x8xf32>, %v: tensor<7x3xf32>, %g: tensor<5x3xf32>, %d: tensor<5xf32>) -> (tensor<5x3xf32>, tensor<5x8xf32>) {
  %r, %l = etch.dot_product_attention %q, %k, %v causal = 0
    : (tensor<5x8xf32>, tensor<7x8xf32>, tensor<7x3xf32>) -> (tensor<5x3xf32>, tensor<5xf32>)
  %q1, %k1, %v1 = etch.dot_product_attention_gradient %q, %k, %v of %g, %l, %d causal = 0
    : (tensor<5x8xf32>, tensor<7x8xf32>, tensor<7x3xf32>, tensor<5x3xf32>, tensor<5xf32>, tensor<5xf32>)
      -> (tensor<5x8xf32>, tensor<7x8xf32>, tensor<7x3xf32>)
  return %r, %q1 : tensor<5x3xf32>, tensor<5x8xf32>
}
