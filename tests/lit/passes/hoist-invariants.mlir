// What stays the same in all iterations of a loop is computed before it, where that gains.
// RUN: etch-opt %s --etch-hoist-invariants --split-input-file | FileCheck %s

// A sum that a product reads, a product, and a reduction below what is cheap: that stays.
// CHECK-LABEL: func.func @heavy
// CHECK: %[[T:.*]] = etch.transpose %arg0
// CHECK: %[[S:.*]] = etch.add %arg0, %[[T]]
// CHECK: %[[P:.*]] = etch.dot_general %arg0, %arg0
// CHECK: %[[R:.*]] = etch.reduce_sum %arg0
// CHECK: etch.for
// CHECK: etch.dot_general %{{.*}}, %[[S]]
// CHECK: etch.add %{{.*}}, %[[P]]
// CHECK: %[[B:.*]] = etch.broadcast_in_dim %[[R]]
// CHECK: etch.sub %{{.*}}, %[[B]]
func.func @heavy(%w: tensor<8x8xf32>, %x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r = etch.for %0 to %4 (%x) : (tensor<i64>, tensor<i64>, tensor<8x8xf32>) -> tensor<8x8xf32> {
  ^bb0(%i: tensor<i64>, %y: tensor<8x8xf32>):
    %t = etch.transpose %w permutation = [1, 0] : (tensor<8x8xf32>) -> tensor<8x8xf32>
    %s = etch.add %w, %t : tensor<8x8xf32>
    %a = etch.dot_general %y, %s batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    %p = etch.dot_general %w, %w batch = [] x [] contract = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    %b = etch.add %a, %p : tensor<8x8xf32>
    %q = etch.reduce_sum %w axes = [1] : (tensor<8x8xf32>) -> tensor<8xf32>
    %c = etch.broadcast_in_dim %q shape = [8, 8] dims = [0] : (tensor<8xf32>) -> tensor<8x8xf32>
    %d = etch.sub %b, %c : tensor<8x8xf32>
    etch.yield %d : tensor<8x8xf32>
  }
  return %r : tensor<8x8xf32>
}

// -----

// Kernels of the loop compute what is cheap while they read; dear functions are read instead, unless they are much larger
// than what they are computed from.
// CHECK-LABEL: func.func @elementwise
// CHECK-NOT: etch.mul
// CHECK: %[[E:.*]] = etch.exp %arg0
// CHECK-NOT: etch.sin
// CHECK: etch.for
// CHECK: etch.mul %arg0
// CHECK: etch.add %{{.*}}, %[[E]]
// CHECK: etch.sin
func.func @elementwise(%w: tensor<1024xf32>, %x: tensor<1024xf32>, %m: tensor<1024x1024xf32>) -> (tensor<1024xf32>, tensor<1024x1024xf32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r:2 = etch.for %0 to %4 (%x, %m) : (tensor<i64>, tensor<i64>, tensor<1024xf32>, tensor<1024x1024xf32>) -> (tensor<1024xf32>, tensor<1024x1024xf32>) {
  ^bb0(%i: tensor<i64>, %y: tensor<1024xf32>, %z: tensor<1024x1024xf32>):
    %h = etch.mul %w, %w : tensor<1024xf32>
    %a = etch.add %y, %h : tensor<1024xf32>
    %e = etch.exp %w : tensor<1024xf32>
    %b = etch.add %a, %e : tensor<1024xf32>
    %f = etch.broadcast_in_dim %w shape = [1024, 1024] dims = [1] : (tensor<1024xf32>) -> tensor<1024x1024xf32>
    %g = etch.sin %f : tensor<1024x1024xf32>
    %c = etch.add %z, %g : tensor<1024x1024xf32>
    etch.yield %b, %c : tensor<1024xf32>, tensor<1024x1024xf32>
  }
  return %r#0, %r#1 : tensor<1024xf32>, tensor<1024x1024xf32>
}

// -----

// Out of both loops, out of a condition; not out of a branch, and checks stay where they are.
// CHECK-LABEL: func.func @nested
// CHECK-DAG: %[[M:.*]] = etch.reduce_max %arg0
// CHECK-DAG: %[[F:.*]] = etch.reduce_all
// CHECK: etch.while
// CHECK: etch.less %{{.*}}, %{{.*}}
// CHECK: etch.for
// CHECK: etch.if
// CHECK: etch.reduce_min %arg0
// CHECK: etch.check %[[F]]
func.func @nested(%w: tensor<8xf32>, %x: tensor<f32>, %p: tensor<i1>, %q: tensor<8xi1>) -> tensor<f32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r = etch.while(%x) : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    %m = etch.reduce_max %w axes = [0] : (tensor<8xf32>) -> tensor<f32>
    %c = etch.less %a, %m : (tensor<f32>, tensor<f32>) -> tensor<i1>
    etch.yield %c : tensor<i1>
  } do {
  ^bb0(%a: tensor<f32>):
    %s = etch.for %0 to %4 (%a) : (tensor<i64>, tensor<i64>, tensor<f32>) -> tensor<f32> {
    ^bb0(%i: tensor<i64>, %b: tensor<f32>):
      %m = etch.reduce_max %w axes = [0] : (tensor<8xf32>) -> tensor<f32>
      %d = etch.if %p : (tensor<i1>) -> tensor<f32> {
        %n = etch.reduce_min %w axes = [0] : (tensor<8xf32>) -> tensor<f32>
        etch.yield %n : tensor<f32>
      } else {
        etch.yield %m : tensor<f32>
      }
      %e = etch.add %b, %d : tensor<f32>
      %f = etch.reduce_all %q axes = [0] : (tensor<8xi1>) -> tensor<i1>
      etch.check %f, "all" : tensor<i1>
      etch.yield %e : tensor<f32>
    }
    etch.yield %s : tensor<f32>
  }
  return %r : tensor<f32>
}
