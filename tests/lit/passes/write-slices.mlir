// Slices that a loop adds to zeros, each once, are written.
// RUN: etch-opt %s --etch-write-slices --split-input-file | FileCheck %s
// RUN: etch-opt %s --etch-write-slices=strict --split-input-file | FileCheck %s --check-prefix=STRICT

// The clamp of the index changes nothing. Under policy strict the sum with 0 stays: it makes 0 of -0.
// CHECK-LABEL: func.func @backwards
// CHECK: ^bb0(%[[I:.*]]: tensor<i64>, %[[S:.*]]: tensor<4x3xf32>)
// CHECK-NEXT: %[[J:.*]] = etch.sub %{{.*}}, %[[I]]
// CHECK-NEXT: %[[X:.*]] = etch.take %arg0, %[[J]] axis = 0
// CHECK-NEXT: %[[R:.*]] = etch.reshape %[[X]] shape = [1, 3]
// CHECK: %[[U:.*]] = etch.dynamic_update_slice %[[S]], %[[R]] starts %[[J]], %{{.*}}
// CHECK-NEXT: etch.yield %[[U]]
// STRICT-LABEL: func.func @backwards
// STRICT: %[[X:.*]] = etch.take
// STRICT: %[[Y:.*]] = etch.add %[[X]], %{{.*}} : tensor<3xf32>
// STRICT: etch.reshape %[[Y]]
func.func @backwards(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %3 = etch.constant dense<3> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %z = etch.constant dense<0.0> : tensor<4x3xf32>
  %r = etch.for %0 to %4 (%z) : (tensor<i64>, tensor<i64>, tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<4x3xf32>):
    %j = etch.sub %3, %i : tensor<i64>
    %a = etch.take %x, %j axis = 0 : (tensor<4x3xf32>, tensor<i64>) -> tensor<3xf32>
    %k = etch.clamp %0, %j, %3 : tensor<i64>
    %t = etch.scatter_add %s, %k, %a axis = 0 : (tensor<4x3xf32>, tensor<i64>, tensor<3xf32>) -> tensor<4x3xf32>
    etch.yield %t : tensor<4x3xf32>
  }
  return %r : tensor<4x3xf32>
}

// -----

// Something is there already.
// CHECK-LABEL: func.func @not_zeros
// CHECK: etch.scatter_add
func.func @not_zeros(%x: tensor<4x3xf32>, %y: tensor<3xf32>) -> tensor<4x3xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r = etch.for %0 to %4 (%x) : (tensor<i64>, tensor<i64>, tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<4x3xf32>):
    %t = etch.scatter_add %s, %i, %y axis = 0 : (tensor<4x3xf32>, tensor<i64>, tensor<3xf32>) -> tensor<4x3xf32>
    etch.yield %t : tensor<4x3xf32>
  }
  return %r : tensor<4x3xf32>
}

// -----

// The slice visited last would be visited again: index 3 is clamped to 2.
// CHECK-LABEL: func.func @clamped
// CHECK: etch.scatter_add
func.func @clamped(%y: tensor<3xf32>) -> tensor<4x3xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %2 = etch.constant dense<2> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %z = etch.constant dense<0.0> : tensor<4x3xf32>
  %r = etch.for %0 to %4 (%z) : (tensor<i64>, tensor<i64>, tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<4x3xf32>):
    %k = etch.clamp %0, %i, %2 : tensor<i64>
    %t = etch.scatter_add %s, %k, %y axis = 0 : (tensor<4x3xf32>, tensor<i64>, tensor<3xf32>) -> tensor<4x3xf32>
    etch.yield %t : tensor<4x3xf32>
  }
  return %r : tensor<4x3xf32>
}

// -----

// Updates outside the axis are dropped; they must not be clamped into it.
// CHECK-LABEL: func.func @outside
// CHECK: etch.scatter_add
func.func @outside(%y: tensor<3xf32>) -> tensor<4x3xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %5 = etch.constant dense<5> : tensor<i64>
  %z = etch.constant dense<0.0> : tensor<4x3xf32>
  %r = etch.for %0 to %5 (%z) : (tensor<i64>, tensor<i64>, tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<4x3xf32>):
    %t = etch.scatter_add %s, %i, %y axis = 0 : (tensor<4x3xf32>, tensor<i64>, tensor<3xf32>) -> tensor<4x3xf32>
    etch.yield %t : tensor<4x3xf32>
  }
  return %r : tensor<4x3xf32>
}

// -----

// The body reads the tensor between two additions.
// CHECK-LABEL: func.func @read
// CHECK: etch.scatter_add
func.func @read() -> tensor<4x3xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %z = etch.constant dense<0.0> : tensor<4x3xf32>
  %r = etch.for %0 to %4 (%z) : (tensor<i64>, tensor<i64>, tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<4x3xf32>):
    %a = etch.take %s, %0 axis = 0 : (tensor<4x3xf32>, tensor<i64>) -> tensor<3xf32>
    %t = etch.scatter_add %s, %i, %a axis = 0 : (tensor<4x3xf32>, tensor<i64>, tensor<3xf32>) -> tensor<4x3xf32>
    etch.yield %t : tensor<4x3xf32>
  }
  return %r : tensor<4x3xf32>
}
