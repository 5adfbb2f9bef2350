// Slices that a loop reads of what it carries before it writes them are those of the initial value.
// RUN: etch-opt %s --etch-read-inits --split-input-file | FileCheck %s

// The derivative of a loop that writes its results row by row: nothing is carried but the sum.
// CHECK-LABEL: func.func @derivative
// CHECK: etch.for {{.*}}(%arg1) : (tensor<i64>, tensor<i64>, tensor<3xf32>) -> tensor<3xf32>
// CHECK: %[[J:.*]] = etch.sub
// CHECK-NOT: etch.dynamic
// CHECK: etch.take %arg0, %[[J]] axis = 0
// CHECK-NOT: etch.dynamic
// CHECK: return
func.func @derivative(%g: tensor<4x3xf32>, %y: tensor<3xf32>) -> tensor<3xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %3 = etch.constant dense<3> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %z = etch.constant dense<0.0> : tensor<1x3xf32>
  %r:2 = etch.for %0 to %4 (%g, %y) : (tensor<i64>, tensor<i64>, tensor<4x3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>) {
  ^bb0(%i: tensor<i64>, %s: tensor<4x3xf32>, %t: tensor<3xf32>):
    %j = etch.sub %3, %i : tensor<i64>
    %a = etch.dynamic_slice %s starts %j, %0 sizes = [1, 3] : (tensor<4x3xf32>, tensor<i64>, tensor<i64>) -> tensor<1x3xf32>
    %b = etch.reshape %a shape = [3] : (tensor<1x3xf32>) -> tensor<3xf32>
    %c = etch.add %t, %b : tensor<3xf32>
    %u = etch.dynamic_update_slice %s, %z starts %j, %0 : (tensor<4x3xf32>, tensor<1x3xf32>, tensor<i64>, tensor<i64>) -> tensor<4x3xf32>
    etch.yield %u, %c : tensor<4x3xf32>, tensor<3xf32>
  }
  return %r#1 : tensor<3xf32>
}

// -----

// A tensor that is updated row by row is read where it began. In a branch, too; a sum into the row is like a row.
// CHECK-LABEL: func.func @updated
// CHECK: ^bb0(%[[I:.*]]: tensor<i64>, %[[S:.*]]: tensor<4x3xf32>)
// CHECK: etch.take %arg0, %[[I]] axis = 0
// CHECK: etch.take %arg0, %[[I]] axis = 0
// CHECK: etch.scatter_add %[[S]]
func.func @updated(%x: tensor<4x3xf32>, %p: tensor<i1>) -> tensor<4x3xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r = etch.for %0 to %4 (%x) : (tensor<i64>, tensor<i64>, tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<4x3xf32>):
    %a = etch.take %s, %i axis = 0 : (tensor<4x3xf32>, tensor<i64>) -> tensor<3xf32>
    %b = etch.if %p : (tensor<i1>) -> tensor<3xf32> {
      %c = etch.take %s, %i axis = 0 : (tensor<4x3xf32>, tensor<i64>) -> tensor<3xf32>
      etch.yield %c : tensor<3xf32>
    } else {
      etch.yield %a : tensor<3xf32>
    }
    %u = etch.scatter_add %s, %i, %b axis = 0 : (tensor<4x3xf32>, tensor<i64>, tensor<3xf32>) -> tensor<4x3xf32>
    etch.yield %u : tensor<4x3xf32>
  }
  return %r : tensor<4x3xf32>
}

// -----

// The row that was written before, rows that data chooses, rows that are visited twice, and all rows at once.
// CHECK-LABEL: func.func @refused
// CHECK: ^bb0(%{{.*}}: tensor<i64>, %[[A:.*]]: tensor<4x3xf32>, %[[B:.*]]: tensor<4x3xf32>, %[[C:.*]]: tensor<4x3xf32>, %[[D:.*]]: tensor<4x3xf32>)
// CHECK: etch.take %[[A]]
// CHECK: etch.take %[[B]]
// CHECK: etch.take %[[C]]
// CHECK: etch.reduce_sum %[[D]]
func.func @refused(%x: tensor<4x3xf32>, %n: tensor<i64>) -> (tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %1 = etch.constant dense<1> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r:4 = etch.for %1 to %4 (%x, %x, %x, %x) : (tensor<i64>, tensor<i64>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<4x3xf32>, %b: tensor<4x3xf32>, %c: tensor<4x3xf32>, %d: tensor<4x3xf32>):
    %j = etch.sub %i, %1 : tensor<i64>
    %e = etch.take %a, %j axis = 0 : (tensor<4x3xf32>, tensor<i64>) -> tensor<3xf32>
    %f = etch.scatter_add %a, %i, %e axis = 0 : (tensor<4x3xf32>, tensor<i64>, tensor<3xf32>) -> tensor<4x3xf32>
    %g = etch.take %b, %n axis = 0 : (tensor<4x3xf32>, tensor<i64>) -> tensor<3xf32>
    %h = etch.scatter_add %b, %n, %g axis = 0 : (tensor<4x3xf32>, tensor<i64>, tensor<3xf32>) -> tensor<4x3xf32>
    %k = etch.take %c, %1 axis = 0 : (tensor<4x3xf32>, tensor<i64>) -> tensor<3xf32>
    %l = etch.scatter_add %c, %1, %k axis = 0 : (tensor<4x3xf32>, tensor<i64>, tensor<3xf32>) -> tensor<4x3xf32>
    %m = etch.reduce_sum %d axes = [0] : (tensor<4x3xf32>) -> tensor<3xf32>
    %o = etch.scatter_add %d, %i, %m axis = 0 : (tensor<4x3xf32>, tensor<i64>, tensor<3xf32>) -> tensor<4x3xf32>
    etch.yield %f, %h, %l, %o : tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>
  }
  return %r#0, %r#1, %r#2, %r#3 : tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>
}
