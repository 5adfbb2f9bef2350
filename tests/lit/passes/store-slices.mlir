// Slices that loops write into what they carry, and where the plan puts the values that become slices.
// RUN: etch-opt %s --etch-store-slices --split-input-file | FileCheck %s
// RUN: etch-opt %s --etch-store-slices --etch-form-kernels --etch-plan-buffers --split-input-file | FileCheck %s --check-prefix=PLAN

// All slices are written before anything reads them: no initial value. The kernel writes the slice in its place, slot 3, and the
// carried value in its own.
// CHECK-LABEL: func.func @all
// CHECK: %[[Z:.*]] = etch.constant {etch.unwritten} dense<0.000000e+00> : tensor<4x3xf32>
// CHECK: etch.for {{.*}}(%arg0, %[[Z]])
// CHECK: %[[S:.*]] = etch.sin
// CHECK: %[[U:.*]] = etch.store_slice %[[S]] into %{{.*}} at %{{.*}} : (tensor<4x3xf32>, tensor<3xf32>, tensor<i64>) -> tensor<4x3xf32>
// CHECK: etch.yield %{{.*}}, %[[U]]
// PLAN-LABEL: func.func @all
// PLAN: etch.for {{.*}} attributes {etch.slots = array<i64: [[I:[0-9]+]], [[A:[0-9]+]], [[B:[0-9]+]]>}
// PLAN: etch.launch @sin_cos(%{{.*}}) slots = {{\[}}[[B]], [[A]]]
// PLAN: etch.store_slice {{.*}} in_place
func.func @all(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<4x3xf32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %z = etch.constant dense<0.0> : tensor<4x3xf32>
  %r:2 = etch.for %0 to %4 (%x, %z) : (tensor<i64>, tensor<i64>, tensor<3xf32>, tensor<4x3xf32>) -> (tensor<3xf32>, tensor<4x3xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<3xf32>, %s: tensor<4x3xf32>):
    %b = etch.sin %a : tensor<3xf32>
    %c = etch.cos %b : tensor<3xf32>
    %p = etch.reshape %b shape = [1, 3] : (tensor<3xf32>) -> tensor<1x3xf32>
    %u = etch.dynamic_update_slice %s, %p starts %i, %0 : (tensor<4x3xf32>, tensor<1x3xf32>, tensor<i64>, tensor<i64>) -> tensor<4x3xf32>
    etch.yield %c, %u : tensor<3xf32>, tensor<4x3xf32>
  }
  return %r#0, %r#1 : tensor<3xf32>, tensor<4x3xf32>
}

// -----

// Whatever is overwritten as a whole is not copied to where the loop writes.
// CHECK-LABEL: func.func @overwritten
// CHECK: %[[Z:.*]] = etch.constant {etch.unwritten} dense<0.000000e+00> : tensor<4x3xf32>
// CHECK: etch.for {{.*}}(%[[Z]])
// CHECK: etch.take %arg0
func.func @overwritten(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r = etch.for %0 to %4 (%x) : (tensor<i64>, tensor<i64>, tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<4x3xf32>):
    %a = etch.take %x, %i axis = 0 : (tensor<4x3xf32>, tensor<i64>) -> tensor<3xf32>
    %b = etch.sin %a : tensor<3xf32>
    %p = etch.reshape %b shape = [1, 3] : (tensor<3xf32>) -> tensor<1x3xf32>
    %u = etch.dynamic_update_slice %s, %p starts %i, %0 : (tensor<4x3xf32>, tensor<1x3xf32>, tensor<i64>, tensor<i64>) -> tensor<4x3xf32>
    etch.yield %u : tensor<4x3xf32>
  }
  return %r : tensor<4x3xf32>
}

// -----

// Some slices keep what they start with.
// CHECK-LABEL: func.func @some
// CHECK-NOT: etch.unwritten
// CHECK: etch.store_slice
// PLAN-LABEL: func.func @some
// PLAN: etch.store_slice {{.*}} in_place
func.func @some(%x: tensor<3xf32>) -> tensor<5x3xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %z = etch.constant dense<0.0> : tensor<5x3xf32>
  %r = etch.for %0 to %4 (%z) : (tensor<i64>, tensor<i64>, tensor<5x3xf32>) -> tensor<5x3xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<5x3xf32>):
    %f = etch.cast %i {dtype = f32} : (tensor<i64>) -> tensor<f32>
    %g = etch.broadcast_in_dim %f shape = [3] dims = [] : (tensor<f32>) -> tensor<3xf32>
    %b = etch.mul %x, %g : tensor<3xf32>
    %p = etch.reshape %b shape = [1, 3] : (tensor<3xf32>) -> tensor<1x3xf32>
    %u = etch.dynamic_update_slice %s, %p starts %i, %0 : (tensor<5x3xf32>, tensor<1x3xf32>, tensor<i64>, tensor<i64>) -> tensor<5x3xf32>
    etch.yield %u : tensor<5x3xf32>
  }
  return %r : tensor<5x3xf32>
}

// -----

// Where the slice belongs is known only after it has been computed: it is copied. So is what an iteration begins with.
// PLAN-LABEL: func.func @copied
// PLAN: etch.store_slice %{{.*}} into %{{.*}} at %{{[^ ]*}} :
// PLAN: etch.store_slice %{{.*}} into %{{.*}} at %{{[^ ]*}} :
// PLAN-NOT: in_place
func.func @copied(%x: tensor<3xf32>, %z: tensor<5x3xf32>) -> (tensor<3xf32>, tensor<5x3xf32>, tensor<5x3xf32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r:3 = etch.for %0 to %4 (%x, %z, %z) : (tensor<i64>, tensor<i64>, tensor<3xf32>, tensor<5x3xf32>, tensor<5x3xf32>) -> (tensor<3xf32>, tensor<5x3xf32>, tensor<5x3xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<3xf32>, %s: tensor<5x3xf32>, %t: tensor<5x3xf32>):
    %b = etch.sin %a : tensor<3xf32>
    %j = etch.argmax %b axis = 0 : (tensor<3xf32>) -> tensor<i64>
    %p = etch.reshape %b shape = [1, 3] : (tensor<3xf32>) -> tensor<1x3xf32>
    %u = etch.dynamic_update_slice %s, %p starts %j, %0 : (tensor<5x3xf32>, tensor<1x3xf32>, tensor<i64>, tensor<i64>) -> tensor<5x3xf32>
    %q = etch.reshape %a shape = [1, 3] : (tensor<3xf32>) -> tensor<1x3xf32>
    %v = etch.dynamic_update_slice %t, %q starts %i, %0 : (tensor<5x3xf32>, tensor<1x3xf32>, tensor<i64>, tensor<i64>) -> tensor<5x3xf32>
    etch.yield %b, %u, %v : tensor<3xf32>, tensor<5x3xf32>, tensor<5x3xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<3xf32>, tensor<5x3xf32>, tensor<5x3xf32>
}

// -----

// The body reads the tensor, or writes part of a slice, or more than one.
// CHECK-LABEL: func.func @kernels
// CHECK-NOT: etch.store_slice
func.func @kernels(%x: tensor<1x3xf32>, %y: tensor<1x2xf32>, %z: tensor<2x3xf32>, %n: tensor<5x3xf32>) -> (tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %4 = etch.constant dense<4> : tensor<i64>
  %r:3 = etch.for %0 to %4 (%n, %n, %n) : (tensor<i64>, tensor<i64>, tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>) -> (tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<5x3xf32>, %b: tensor<5x3xf32>, %c: tensor<5x3xf32>):
    %s = etch.slice %a starts = [0, 0] limits = [1, 3] strides = [1, 1] : (tensor<5x3xf32>) -> tensor<1x3xf32>
    %t = etch.add %x, %s : tensor<1x3xf32>
    %u = etch.dynamic_update_slice %a, %t starts %i, %0 : (tensor<5x3xf32>, tensor<1x3xf32>, tensor<i64>, tensor<i64>) -> tensor<5x3xf32>
    %v = etch.dynamic_update_slice %b, %y starts %i, %0 : (tensor<5x3xf32>, tensor<1x2xf32>, tensor<i64>, tensor<i64>) -> tensor<5x3xf32>
    %w = etch.dynamic_update_slice %c, %z starts %i, %0 : (tensor<5x3xf32>, tensor<2x3xf32>, tensor<i64>, tensor<i64>) -> tensor<5x3xf32>
    etch.yield %u, %v, %w : tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>
}
