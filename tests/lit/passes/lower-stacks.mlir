// Stacks of loops that run a known number of times become tensors.
// RUN: etch-opt %s --etch-lower-stacks --split-input-file | FileCheck %s

// What is carried is kept before the next value may be written over it, what is computed at the end of the body. The
// other loop reads slices from the last one on.
// CHECK-LABEL: func.func @one_loop
// CHECK: %[[F:.*]]:3 = etch.for {{.*}} -> (tensor<3xf32>, tensor<4x3xf32>, tensor<4x3xf32>)
// CHECK-NEXT: ^bb0(%[[I:.*]]: tensor<i64>, %[[A:.*]]: tensor<3xf32>, %[[P:.*]]: tensor<4x3xf32>, %[[Q:.*]]: tensor<4x3xf32>)
// CHECK-NEXT: %[[J:.*]] = etch.add %[[I]], %{{.*}} : tensor<i64>
// CHECK-NEXT: %[[R:.*]] = etch.reshape %[[A]] shape = [1, 3]
// CHECK-NEXT: %[[U:.*]] = etch.dynamic_update_slice %[[P]], %[[R]] starts %[[J]], %{{.*}}
// CHECK-NEXT: %[[S:.*]] = etch.sin %[[A]]
// CHECK-NEXT: %[[C:.*]] = etch.cos %[[S]]
// CHECK-NEXT: %[[T:.*]] = etch.reshape %[[S]] shape = [1, 3]
// CHECK-NEXT: %[[V:.*]] = etch.dynamic_update_slice %[[Q]], %[[T]] starts %[[J]], %{{.*}}
// CHECK-NEXT: etch.yield %[[C]], %[[U]], %[[V]]
// CHECK: etch.constant dense<5> : tensor<i64>
// CHECK: etch.for
// CHECK-NEXT: ^bb0(%[[K:.*]]: tensor<i64>, %{{.*}}: tensor<3xf32>)
// CHECK-NEXT: %[[L:.*]] = etch.sub %{{.*}}, %[[K]]
// CHECK-NEXT: %[[X:.*]] = etch.take %[[F]]#2, %[[L]] axis = 0
// CHECK-NEXT: %[[Y:.*]] = etch.take %[[F]]#1, %[[L]] axis = 0
// CHECK-NOT: etch.stack
func.func @one_loop(%h: tensor<3xf32>, %g: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %2 = etch.constant dense<2> : tensor<i64>
  %6 = etch.constant dense<6> : tensor<i64>
  %f = etch.for %2 to %6 (%h) : (tensor<i64>, tensor<i64>, tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<3xf32>):
    etch.stack_push %a id = 0 : tensor<3xf32>
    %s = etch.sin %a : tensor<3xf32>
    etch.stack_push %s id = 1 : tensor<3xf32>
    %c = etch.cos %s : tensor<3xf32>
    etch.yield %c : tensor<3xf32>
  }
  %r = etch.for %2 to %6 (%g) : (tensor<i64>, tensor<i64>, tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<3xf32>):
    %p = etch.stack_pop id = 1 : () -> tensor<3xf32>
    %q = etch.stack_pop id = 0 : () -> tensor<3xf32>
    %m = etch.mul %p, %q : tensor<3xf32>
    %n = etch.mul %m, %a : tensor<3xf32>
    etch.yield %n : tensor<3xf32>
  }
  return %f, %r : tensor<3xf32>, tensor<3xf32>
}

// -----

// The inner loop's tensor is kept by the outer one.
// CHECK-LABEL: func.func @nested
// CHECK: etch.for {{.*}} -> (tensor<f32>, tensor<2x3xf32>)
// CHECK: etch.for {{.*}} -> (tensor<f32>, tensor<3xf32>)
// CHECK: etch.for {{.*}} -> tensor<f32>
// CHECK: etch.take {{.*}} -> tensor<3xf32>
// CHECK: etch.for {{.*}} -> tensor<f32>
// CHECK: etch.take {{.*}} -> tensor<f32>
// CHECK-NOT: etch.stack
func.func @nested(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %2 = etch.constant dense<2> : tensor<i64>
  %3 = etch.constant dense<3> : tensor<i64>
  %f = etch.for %0 to %2 (%x) : (tensor<i64>, tensor<i64>, tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i64>, %a: tensor<f32>):
    %b = etch.for %0 to %3 (%a) : (tensor<i64>, tensor<i64>, tensor<f32>) -> tensor<f32> {
    ^bb0(%j: tensor<i64>, %c: tensor<f32>):
      etch.stack_push %c id = 0 : tensor<f32>
      %s = etch.sin %c : tensor<f32>
      etch.yield %s : tensor<f32>
    }
    etch.yield %b : tensor<f32>
  }
  %r = etch.for %0 to %2 (%x) : (tensor<i64>, tensor<i64>, tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i64>, %a: tensor<f32>):
    %b = etch.for %0 to %3 (%a) : (tensor<i64>, tensor<i64>, tensor<f32>) -> tensor<f32> {
    ^bb0(%j: tensor<i64>, %c: tensor<f32>):
      %p = etch.stack_pop id = 0 : () -> tensor<f32>
      %m = etch.mul %c, %p : tensor<f32>
      etch.yield %m : tensor<f32>
    }
    etch.yield %b : tensor<f32>
  }
  return %f, %r : tensor<f32>, tensor<f32>
}

// -----

// How often the loop runs is known when it runs: the stack stays.
// CHECK-LABEL: func.func @unknown_count
// CHECK: etch.stack_push
// CHECK: etch.stack_pop
func.func @unknown_count(%n: tensor<i64>, %x: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %f = etch.for %0 to %n (%x) : (tensor<i64>, tensor<i64>, tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i64>, %a: tensor<f32>):
    etch.stack_push %a id = 0 : tensor<f32>
    %s = etch.sin %a : tensor<f32>
    etch.yield %s : tensor<f32>
  }
  %r = etch.for %0 to %n (%x) : (tensor<i64>, tensor<i64>, tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i64>, %a: tensor<f32>):
    %p = etch.stack_pop id = 0 : () -> tensor<f32>
    %m = etch.mul %a, %p : tensor<f32>
    etch.yield %m : tensor<f32>
  }
  return %f, %r : tensor<f32>, tensor<f32>
}

// -----

// Not every iteration pushes.
// CHECK-LABEL: func.func @in_a_branch
// CHECK: etch.stack_push
// CHECK: etch.stack_pop
func.func @in_a_branch(%x: tensor<f32>, %p: tensor<i1>) -> tensor<f32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %3 = etch.constant dense<3> : tensor<i64>
  %f = etch.for %0 to %3 (%x) : (tensor<i64>, tensor<i64>, tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i64>, %a: tensor<f32>):
    %s = etch.if %p : (tensor<i1>) -> tensor<f32> {
      etch.stack_push %a id = 0 : tensor<f32>
      etch.yield %x : tensor<f32>
    } else {
      etch.yield %a : tensor<f32>
    }
    etch.yield %s : tensor<f32>
  }
  %r = etch.for %0 to %3 (%f) : (tensor<i64>, tensor<i64>, tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i64>, %a: tensor<f32>):
    %s = etch.if %p : (tensor<i1>) -> tensor<f32> {
      %q = etch.stack_pop id = 0 : () -> tensor<f32>
      etch.yield %q : tensor<f32>
    } else {
      etch.yield %a : tensor<f32>
    }
    etch.yield %s : tensor<f32>
  }
  return %r : tensor<f32>
}

// -----

// A tensor of tensors of 8 axes would have 9.
// CHECK-LABEL: func.func @most_axes
// CHECK: etch.stack_push
func.func @most_axes(%x: tensor<1x1x1x1x1x1x1x2xf32>) -> tensor<1x1x1x1x1x1x1x2xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %3 = etch.constant dense<3> : tensor<i64>
  %f = etch.for %0 to %3 (%x) : (tensor<i64>, tensor<i64>, tensor<1x1x1x1x1x1x1x2xf32>) -> tensor<1x1x1x1x1x1x1x2xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<1x1x1x1x1x1x1x2xf32>):
    etch.stack_push %a id = 0 : tensor<1x1x1x1x1x1x1x2xf32>
    etch.yield %a : tensor<1x1x1x1x1x1x1x2xf32>
  }
  %r = etch.for %0 to %3 (%f) : (tensor<i64>, tensor<i64>, tensor<1x1x1x1x1x1x1x2xf32>) -> tensor<1x1x1x1x1x1x1x2xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<1x1x1x1x1x1x1x2xf32>):
    %p = etch.stack_pop id = 0 : () -> tensor<1x1x1x1x1x1x1x2xf32>
    etch.yield %p : tensor<1x1x1x1x1x1x1x2xf32>
  }
  return %r : tensor<1x1x1x1x1x1x1x2xf32>
}
