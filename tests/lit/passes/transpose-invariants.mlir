// Weights that products of a loop read along the contracted axis are transposed once.
// RUN: etch-opt %s --etch-transpose-invariants --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @weights
// CHECK: %[[T:.*]] = etch.transpose %arg1 permutation = [1, 0] : (tensor<64x64xf32>) -> tensor<64x64xf32>
// CHECK-NOT: etch.transpose
// CHECK: etch.for
// CHECK: etch.dot_general %{{.*}}, %[[T]] batch = [] x [] contract = [1] x [0]
// CHECK: etch.dot_general %{{.*}}, %[[T]] batch = [] x [] contract = [0] x [0]
func.func @weights(%x: tensor<64x64xf32>, %w: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r = etch.for %0 to %4 (%x) : (tensor<i64>, tensor<i64>, tensor<64x64xf32>) -> tensor<64x64xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<64x64xf32>):
    %b = etch.dot_general %a, %w batch = [] x [] contract = [1] x [1] : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
    %c = etch.dot_general %b, %w batch = [] x [] contract = [0] x [1] : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
    etch.yield %c : tensor<64x64xf32>
  }
  return %r : tensor<64x64xf32>
}

// -----

// Not: outside of a loop, what changes, what is small, what lies well, few rows (dot products read along the depth).
// CHECK-LABEL: func.func @others
// CHECK-NOT: etch.transpose
func.func @others(%x: tensor<64x64xf32>, %w: tensor<64x64xf32>, %s: tensor<8x64xf32>, %v: tensor<2x64xf32>) -> (tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x8xf32>, tensor<2x64xf32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %o = etch.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %z = etch.constant dense<0.0> : tensor<64x8xf32>
  %r:3 = etch.for %0 to %4 (%x, %z, %v) : (tensor<i64>, tensor<i64>, tensor<64x64xf32>, tensor<64x8xf32>, tensor<2x64xf32>) -> (tensor<64x64xf32>, tensor<64x8xf32>, tensor<2x64xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<64x64xf32>, %p: tensor<64x8xf32>, %f: tensor<2x64xf32>):
    %b = etch.dot_general %x, %a batch = [] x [] contract = [1] x [1] : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
    %d = etch.dot_general %b, %w batch = [] x [] contract = [1] x [0] : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
    %c = etch.dot_general %d, %s batch = [] x [] contract = [1] x [1] : (tensor<64x64xf32>, tensor<8x64xf32>) -> tensor<64x8xf32>
    %e = etch.dot_general %f, %w batch = [] x [] contract = [1] x [1] : (tensor<2x64xf32>, tensor<64x64xf32>) -> tensor<2x64xf32>
    etch.yield %d, %c, %e : tensor<64x64xf32>, tensor<64x8xf32>, tensor<2x64xf32>
  }
  return %o, %r#0, %r#1, %r#2 : tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x8xf32>, tensor<2x64xf32>
}
