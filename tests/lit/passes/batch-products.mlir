// Products of slices are one product of all slices, before the loop or behind it.
// RUN: etch-opt %s --etch-batch-products --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @read
// CHECK: %[[R:.*]] = etch.reshape %arg0 shape = [20, 3]
// CHECK: %[[D:.*]] = etch.dot_general %[[R]], %arg1 batch = [] x [] contract = [1] x [0] : {{.*}} -> tensor<20x7xf32>
// CHECK: %[[P:.*]] = etch.reshape %[[D]] shape = [4, 5, 7]
// CHECK: etch.for
// CHECK-NEXT: ^bb0(%[[I:.*]]: tensor<i64>, %[[A:.*]]: tensor<5x7xf32>)
// CHECK-NEXT: %[[T:.*]] = etch.take %[[P]], %[[I]] axis = 0
// CHECK-NEXT: etch.add %[[A]], %[[T]]
func.func @read(%x: tensor<4x5x3xf32>, %w: tensor<3x7xf32>, %h: tensor<5x7xf32>) -> tensor<5x7xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r = etch.for %0 to %4 (%h) : (tensor<i64>, tensor<i64>, tensor<5x7xf32>) -> tensor<5x7xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<5x7xf32>):
    %s = etch.take %x, %i axis = 0 : (tensor<4x5x3xf32>, tensor<i64>) -> tensor<5x3xf32>
    %p = etch.dot_general %s, %w batch = [] x [] contract = [1] x [0] : (tensor<5x3xf32>, tensor<3x7xf32>) -> tensor<5x7xf32>
    %b = etch.add %a, %p : tensor<5x7xf32>
    etch.yield %b : tensor<5x7xf32>
  }
  return %r : tensor<5x7xf32>
}

// -----

// What the rows were is kept, at the places where the products went.
// CHECK-LABEL: func.func @written
// CHECK: %[[F:.*]]:2 = etch.for {{.*}} -> (tensor<5x3xf32>, tensor<4x5x3xf32>)
// CHECK-NOT: etch.dot_general
// CHECK: %[[J:.*]] = etch.sub
// CHECK: etch.dynamic_update_slice {{.*}} starts %[[J]],
// CHECK: etch.yield
// CHECK: %[[R:.*]] = etch.reshape %[[F]]#1 shape = [20, 3]
// CHECK: %[[D:.*]] = etch.dot_general %[[R]], %arg1 batch = [] x [] contract = [1] x [1]
// CHECK: %[[P:.*]] = etch.reshape %[[D]] shape = [4, 5, 7]
// CHECK: return %[[F]]#0, %[[P]]
func.func @written(%x: tensor<5x3xf32>, %w: tensor<7x3xf32>, %z: tensor<4x5x7xf32>) -> (tensor<5x3xf32>, tensor<4x5x7xf32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %3 = etch.constant dense<3> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r:2 = etch.for %0 to %4 (%x, %z) : (tensor<i64>, tensor<i64>, tensor<5x3xf32>, tensor<4x5x7xf32>) -> (tensor<5x3xf32>, tensor<4x5x7xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<5x3xf32>, %s: tensor<4x5x7xf32>):
    %j = etch.sub %3, %i : tensor<i64>
    %b = etch.tanh %a : tensor<5x3xf32>
    %p = etch.dot_general %b, %w batch = [] x [] contract = [1] x [1] : (tensor<5x3xf32>, tensor<7x3xf32>) -> tensor<5x7xf32>
    %q = etch.reshape %p shape = [1, 5, 7] : (tensor<5x7xf32>) -> tensor<1x5x7xf32>
    %u = etch.dynamic_update_slice %s, %q starts %j, %0, %0 : (tensor<4x5x7xf32>, tensor<1x5x7xf32>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<4x5x7xf32>
    etch.yield %b, %u : tensor<5x3xf32>, tensor<4x5x7xf32>
  }
  return %r#0, %r#1 : tensor<5x3xf32>, tensor<4x5x7xf32>
}

// -----

// Stay: rows that are carried, weights that change, some of the slices only, products that the loop reads.
// CHECK-LABEL: func.func @stay
// CHECK: etch.for
// CHECK-COUNT-4: etch.dot_general
// CHECK: etch.yield
// CHECK-NOT: etch.dot_general
func.func @stay(%x: tensor<4x5x3xf32>, %y: tensor<6x5x3xf32>, %w: tensor<3x3xf32>, %h: tensor<5x3xf32>, %z: tensor<4x5x3xf32>) -> (tensor<5x3xf32>, tensor<3x3xf32>, tensor<4x5x3xf32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r:3 = etch.for %0 to %4 (%h, %w, %z) : (tensor<i64>, tensor<i64>, tensor<5x3xf32>, tensor<3x3xf32>, tensor<4x5x3xf32>) -> (tensor<5x3xf32>, tensor<3x3xf32>, tensor<4x5x3xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<5x3xf32>, %v: tensor<3x3xf32>, %t: tensor<4x5x3xf32>):
    %s = etch.take %x, %i axis = 0 : (tensor<4x5x3xf32>, tensor<i64>) -> tensor<5x3xf32>
    %o = etch.take %y, %i axis = 0 : (tensor<6x5x3xf32>, tensor<i64>) -> tensor<5x3xf32>
    %b = etch.dot_general %a, %w batch = [] x [] contract = [1] x [0] : (tensor<5x3xf32>, tensor<3x3xf32>) -> tensor<5x3xf32>
    %c = etch.dot_general %s, %v batch = [] x [] contract = [1] x [0] : (tensor<5x3xf32>, tensor<3x3xf32>) -> tensor<5x3xf32>
    %d = etch.dot_general %o, %w batch = [] x [] contract = [1] x [0] : (tensor<5x3xf32>, tensor<3x3xf32>) -> tensor<5x3xf32>
    %e = etch.dot_general %b, %w batch = [] x [] contract = [1] x [0] : (tensor<5x3xf32>, tensor<3x3xf32>) -> tensor<5x3xf32>
    %f = etch.add %c, %d : tensor<5x3xf32>
    %g = etch.add %f, %e : tensor<5x3xf32>
    %q = etch.reshape %e shape = [1, 5, 3] : (tensor<5x3xf32>) -> tensor<1x5x3xf32>
    %u = etch.dynamic_update_slice %t, %q starts %i, %0, %0 : (tensor<4x5x3xf32>, tensor<1x5x3xf32>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<4x5x3xf32>
    %k = etch.tanh %v : tensor<3x3xf32>
    etch.yield %g, %k, %u : tensor<5x3xf32>, tensor<3x3xf32>, tensor<4x5x3xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<5x3xf32>, tensor<3x3xf32>, tensor<4x5x3xf32>
}

// -----

// A row that is written as it comes from the product has no axis to add.
// CHECK-LABEL: func.func @row
// CHECK: etch.for
// CHECK: etch.dot_general {{.*}} -> tensor<1x7xf32>
// CHECK: etch.dynamic_update_slice
func.func @row(%h: tensor<1x3xf32>, %w: tensor<3x7xf32>, %z: tensor<4x7xf32>) -> tensor<4x7xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r:2 = etch.for %0 to %4 (%h, %z) : (tensor<i64>, tensor<i64>, tensor<1x3xf32>, tensor<4x7xf32>) -> (tensor<1x3xf32>, tensor<4x7xf32>) {
  ^bb0(%i: tensor<i64>, %x: tensor<1x3xf32>, %a: tensor<4x7xf32>):
    %p = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<1x3xf32>, tensor<3x7xf32>) -> tensor<1x7xf32>
    %b = etch.dynamic_update_slice %a, %p starts %i, %0 : (tensor<4x7xf32>, tensor<1x7xf32>, tensor<i64>, tensor<i64>) -> tensor<4x7xf32>
    %y = etch.tanh %x : tensor<1x3xf32>
    etch.yield %y, %b : tensor<1x3xf32>, tensor<4x7xf32>
  }
  return %r#1 : tensor<4x7xf32>
}
