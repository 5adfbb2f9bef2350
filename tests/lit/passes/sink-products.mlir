// The sum of a loop's products is one product behind the loop.
// RUN: etch-opt %s --etch-sink-products --split-input-file | FileCheck %s

// One side is read from a tensor, backwards; the other one is kept at the same places.
// CHECK-LABEL: func.func @sink
// CHECK: %[[Z:.*]] = etch.constant dense<0.000000e+00> : tensor<4x5x7xf32>
// CHECK: %[[F:.*]] = etch.for {{.*}}(%[[Z]]) : (tensor<i64>, tensor<i64>, tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
// CHECK-NEXT: ^bb0(%[[I:.*]]: tensor<i64>, %[[S:.*]]: tensor<4x5x7xf32>)
// CHECK-NEXT: %[[J:.*]] = etch.sub %{{.*}}, %[[I]]
// CHECK-NEXT: %[[G:.*]] = etch.take %arg1, %[[I]]
// CHECK-NEXT: %[[T:.*]] = etch.tanh %[[G]]
// CHECK-NEXT: %[[R:.*]] = etch.reshape %[[T]] shape = [1, 5, 7]
// CHECK-NEXT: %[[U:.*]] = etch.dynamic_update_slice %[[S]], %[[R]] starts %[[J]],
// CHECK-NEXT: etch.yield %[[U]]
// CHECK: %[[A:.*]] = etch.reshape %arg0 shape = [20, 3]
// CHECK: %[[B:.*]] = etch.reshape %[[F]] shape = [20, 7]
// CHECK: %[[D:.*]] = etch.dot_general %[[A]], %[[B]] batch = [] x [] contract = [0] x [0]
// CHECK: return %[[D]]
func.func @sink(%h: tensor<4x5x3xf32>, %x: tensor<4x5x7xf32>) -> tensor<3x7xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %3 = etch.constant dense<3> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %z = etch.constant dense<0.0> : tensor<3x7xf32>
  %r = etch.for %0 to %4 (%z) : (tensor<i64>, tensor<i64>, tensor<3x7xf32>) -> tensor<3x7xf32> {
  ^bb0(%i: tensor<i64>, %w: tensor<3x7xf32>):
    %j = etch.sub %3, %i : tensor<i64>
    %a = etch.take %h, %j axis = 0 : (tensor<4x5x3xf32>, tensor<i64>) -> tensor<5x3xf32>
    %g = etch.take %x, %i axis = 0 : (tensor<4x5x7xf32>, tensor<i64>) -> tensor<5x7xf32>
    %b = etch.tanh %g : tensor<5x7xf32>
    %d = etch.dot_general %a, %b batch = [] x [] contract = [0] x [0] : (tensor<5x3xf32>, tensor<5x7xf32>) -> tensor<3x7xf32>
    %s = etch.add %w, %d : tensor<3x7xf32>
    etch.yield %s : tensor<3x7xf32>
  }
  return %r : tensor<3x7xf32>
}

// -----

// What the sum starts with is added; a tensor that the loop writes anyway is not kept twice.
// CHECK-LABEL: func.func @written
// CHECK: %[[F:.*]]:2 = etch.for {{.*}} -> (tensor<4x5x3xf32>, tensor<4x5x3xf32>)
// CHECK-COUNT-2: etch.dynamic_update_slice
// CHECK-NOT: etch.dynamic_update_slice
// CHECK: %[[A:.*]] = etch.reshape %[[F]]#0 shape = [20, 3]
// CHECK: %[[B:.*]] = etch.reshape %[[F]]#1 shape = [20, 3]
// CHECK: %[[D:.*]] = etch.dot_general %[[A]], %[[B]]
// CHECK: %[[E:.*]] = etch.add %arg1, %[[D]]
// CHECK: return %[[F]]#0, %[[E]]
func.func @written(%x: tensor<5x3xf32>, %y: tensor<3x3xf32>, %z: tensor<4x5x3xf32>) -> (tensor<4x5x3xf32>, tensor<3x3xf32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r:2 = etch.for %0 to %4 (%z, %y) : (tensor<i64>, tensor<i64>, tensor<4x5x3xf32>, tensor<3x3xf32>) -> (tensor<4x5x3xf32>, tensor<3x3xf32>) {
  ^bb0(%i: tensor<i64>, %t: tensor<4x5x3xf32>, %w: tensor<3x3xf32>):
    %f = etch.cast %i {dtype = f32} : (tensor<i64>) -> tensor<f32>
    %n = etch.broadcast_in_dim %f shape = [5, 3] dims = [] : (tensor<f32>) -> tensor<5x3xf32>
    %a = etch.mul %x, %n : tensor<5x3xf32>
    %b = etch.tanh %a : tensor<5x3xf32>
    %d = etch.dot_general %a, %b batch = [] x [] contract = [0] x [0] : (tensor<5x3xf32>, tensor<5x3xf32>) -> tensor<3x3xf32>
    %s = etch.add %d, %w : tensor<3x3xf32>
    %p = etch.reshape %a shape = [1, 5, 3] : (tensor<5x3xf32>) -> tensor<1x5x3xf32>
    %u = etch.dynamic_update_slice %t, %p starts %i, %0, %0 : (tensor<4x5x3xf32>, tensor<1x5x3xf32>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<4x5x3xf32>
    etch.yield %u, %s : tensor<4x5x3xf32>, tensor<3x3xf32>
  }
  return %r#0, %r#1 : tensor<4x5x3xf32>, tensor<3x3xf32>
}

// -----

// Stay: sums that the body reads, deep products, contractions over another axis, integers, sides that stay the same.
// CHECK-LABEL: func.func @stay
// CHECK: etch.for
// CHECK-COUNT-5: etch.dot_general
// CHECK: etch.yield
// CHECK-NOT: etch.dot_general
func.func @stay(%x: tensor<5x3xf32>, %y: tensor<300x3xf32>, %t: tensor<3x5xf32>, %n: tensor<5x3xi32>, %z: tensor<3x3xf32>, %k: tensor<3x3xi32>) -> (tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xi32>, tensor<3x3xf32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r:5 = etch.for %0 to %4 (%z, %z, %z, %k, %z) : (tensor<i64>, tensor<i64>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xi32>, tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xi32>, tensor<3x3xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<3x3xf32>, %b: tensor<3x3xf32>, %c: tensor<3x3xf32>, %d: tensor<3x3xi32>, %e: tensor<3x3xf32>):
    %x1 = etch.sin %x : tensor<5x3xf32>
    %y1 = etch.sin %y : tensor<300x3xf32>
    %t1 = etch.sin %t : tensor<3x5xf32>
    %n1 = etch.neg %n : tensor<5x3xi32>
    %p = etch.dot_general %x1, %x1 batch = [] x [] contract = [0] x [0] : (tensor<5x3xf32>, tensor<5x3xf32>) -> tensor<3x3xf32>
    %a1 = etch.add %a, %p : tensor<3x3xf32>
    %a2 = etch.add %a1, %a : tensor<3x3xf32>
    %q = etch.dot_general %y1, %y1 batch = [] x [] contract = [0] x [0] : (tensor<300x3xf32>, tensor<300x3xf32>) -> tensor<3x3xf32>
    %b1 = etch.add %b, %q : tensor<3x3xf32>
    %s = etch.dot_general %t1, %x1 batch = [] x [] contract = [1] x [0] : (tensor<3x5xf32>, tensor<5x3xf32>) -> tensor<3x3xf32>
    %c1 = etch.add %c, %s : tensor<3x3xf32>
    %u = etch.dot_general %n1, %n1 batch = [] x [] contract = [0] x [0] : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<3x3xi32>
    %d1 = etch.add %d, %u : tensor<3x3xi32>
    %v = etch.dot_general %x, %x1 batch = [] x [] contract = [0] x [0] : (tensor<5x3xf32>, tensor<5x3xf32>) -> tensor<3x3xf32>
    %e1 = etch.add %e, %v : tensor<3x3xf32>
    etch.yield %a2, %b1, %c1, %d1, %e1 : tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xi32>, tensor<3x3xf32>
  }
  return %r#0, %r#1, %r#2, %r#3, %r#4 : tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xi32>, tensor<3x3xf32>
}

// -----

// Keeping one side would take 80 MB.
// CHECK-LABEL: func.func @large
// CHECK: etch.for {{.*}} -> tensor<2000x2000xf32>
func.func @large(%x: tensor<200x2000xf32>, %z: tensor<2000x2000xf32>) -> tensor<2000x2000xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %50 = etch.constant dense<50> : tensor<i64>
  %r = etch.for %0 to %50 (%z) : (tensor<i64>, tensor<i64>, tensor<2000x2000xf32>) -> tensor<2000x2000xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<2000x2000xf32>):
    %s = etch.sin %x : tensor<200x2000xf32>
    %p = etch.dot_general %s, %s batch = [] x [] contract = [0] x [0] : (tensor<200x2000xf32>, tensor<200x2000xf32>) -> tensor<2000x2000xf32>
    %q = etch.add %a, %p : tensor<2000x2000xf32>
    etch.yield %q : tensor<2000x2000xf32>
  }
  return %r : tensor<2000x2000xf32>
}

// -----

// A matrix that is multiplied with itself is one sequence.
// CHECK-LABEL: func.func @gram
// CHECK: etch.for
// CHECK-NOT: etch.dot_general
// CHECK: etch.yield{{$}}
// CHECK-COUNT-2: etch.reshape %arg0 shape = [80, 4]
// CHECK: etch.dot_general {{.*}} batch = [] x [] contract = [0] x [0]
func.func @gram(%xs: tensor<10x8x4xf32>, %z: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %10 = etch.constant dense<10> : tensor<i64>
  %r = etch.for %0 to %10 (%z) : (tensor<i64>, tensor<i64>, tensor<4x4xf32>) -> tensor<4x4xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<4x4xf32>):
    %x = etch.take %xs, %i axis = 0 : (tensor<10x8x4xf32>, tensor<i64>) -> tensor<8x4xf32>
    %p = etch.dot_general %x, %x batch = [] x [] contract = [0] x [0] : (tensor<8x4xf32>, tensor<8x4xf32>) -> tensor<4x4xf32>
    %b = etch.add %a, %p : tensor<4x4xf32>
    etch.yield %b : tensor<4x4xf32>
  }
  return %r : tensor<4x4xf32>
}
