// Coordinates are computed apart where what is computed from their sum meets them again.
// RUN: etch-opt %s --etch-unroll-axes --split-input-file | FileCheck %s

// Directions: the sum is an addition, in the order of the axis. The same divisor is used for both, and what is needed
// whole, which is small, is put together again.
// CHECK-LABEL: func.func @directions
// CHECK-DAG: %[[PX:.*]] = etch.take %arg0, %{{.*}} axis = 0
// CHECK-DAG: %[[PY:.*]] = etch.take %arg0, %{{.*}} axis = 0
// CHECK: %[[BX:.*]] = etch.broadcast_in_dim %[[PX]] shape = [8, 9] dims = [1] : (tensor<9xf32>)
// CHECK: %[[BY:.*]] = etch.broadcast_in_dim %[[PY]] shape = [8, 9] dims = [1] : (tensor<9xf32>)
// CHECK: %[[DX:.*]] = etch.sub %[[BX]], %{{.*}} : tensor<8x9xf32>
// CHECK: %[[DY:.*]] = etch.sub %[[BY]], %{{.*}} : tensor<8x9xf32>
// CHECK: %[[QX:.*]] = etch.square %[[DX]]
// CHECK: %[[QY:.*]] = etch.square %[[DY]]
// CHECK: %[[S:.*]] = etch.add %[[QX]], %[[QY]]
// CHECK: %[[L:.*]] = etch.sqrt %[[S]]
// CHECK: %[[UX:.*]] = etch.div %[[DX]], %[[L]]
// CHECK: %[[UY:.*]] = etch.div %[[DY]], %[[L]]
// CHECK: %[[RX:.*]] = etch.reduce_sum %[[UX]] axes = [1] : (tensor<8x9xf32>) -> tensor<8xf32>
// CHECK: %[[RY:.*]] = etch.reduce_sum %[[UY]] axes = [1]
// CHECK: %[[R:.*]] = etch.concatenate %{{.*}}, %{{.*}} axis = 0 : (tensor<1x8xf32>, tensor<1x8xf32>)
// CHECK: return %[[R]]
func.func @directions(%p: tensor<2x9xf32>, %q: tensor<2x8x9xf32>) -> tensor<2x8xf32> {
  %b = etch.broadcast_in_dim %p shape = [2, 8, 9] dims = [0, 2] : (tensor<2x9xf32>) -> tensor<2x8x9xf32>
  %d = etch.sub %b, %q : tensor<2x8x9xf32>
  %s = etch.square %d : tensor<2x8x9xf32>
  %l2 = etch.reduce_sum %s axes = [0] : (tensor<2x8x9xf32>) -> tensor<8x9xf32>
  %l = etch.sqrt %l2 : tensor<8x9xf32>
  %lb = etch.broadcast_in_dim %l shape = [2, 8, 9] dims = [1, 2] : (tensor<8x9xf32>) -> tensor<2x8x9xf32>
  %u = etch.div %d, %lb : tensor<2x8x9xf32>
  %r = etch.reduce_sum %u axes = [2] : (tensor<2x8x9xf32>) -> tensor<2x8xf32>
  return %r : tensor<2x8xf32>
}

// -----

// What a loop carries goes on in parts; neighbours along another axis, and zeros beside them, are those of each part.
// CHECK-LABEL: func.func @loop
// CHECK: etch.for {{.*}} -> (tensor<21xf32>, tensor<21xf32>)
// CHECK: ^bb0(%{{.*}}: tensor<i64>, %[[X:.*]]: tensor<21xf32>, %[[Y:.*]]: tensor<21xf32>)
// CHECK: etch.slice %[[X]] starts = [1] limits = [21]
// CHECK: etch.slice %[[Y]] starts = [1] limits = [21]
// CHECK: %[[NX:.*]] = etch.pad {{.*}} low = [0] high = [1]
// CHECK: %[[NY:.*]] = etch.pad {{.*}} low = [0] high = [1]
// CHECK: etch.yield %[[NX]], %[[NY]]
// CHECK: etch.concatenate
func.func @loop(%p: tensor<2x21xf32>) -> tensor<2x21xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %9 = etch.constant dense<9> : tensor<i64>
  %z = etch.constant dense<0.0> : tensor<f32>
  %r = etch.for %0 to %9 (%p) : (tensor<i64>, tensor<i64>, tensor<2x21xf32>) -> tensor<2x21xf32> {
  ^bb0(%i: tensor<i64>, %t: tensor<2x21xf32>):
    %a = etch.slice %t starts = [0, 1] limits = [2, 21] strides = [1, 1] : (tensor<2x21xf32>) -> tensor<2x20xf32>
    %q = etch.square %a : tensor<2x20xf32>
    %s = etch.reduce_sum %q axes = [0] : (tensor<2x20xf32>) -> tensor<20xf32>
    %b = etch.broadcast_in_dim %s shape = [2, 20] dims = [1] : (tensor<20xf32>) -> tensor<2x20xf32>
    %m = etch.mul %a, %b : tensor<2x20xf32>
    %n = etch.pad %m, %z low = [0, 0] high = [0, 1] interior = [0, 0] : (tensor<2x20xf32>, tensor<f32>) -> tensor<2x21xf32>
    etch.yield %n : tensor<2x21xf32>
  }
  return %r : tensor<2x21xf32>
}

// -----

// Coordinates side by side, of points: what is large is not stored, what is stored is small.
// CHECK-LABEL: func.func @points
// CHECK: %[[X:.*]] = etch.take %arg0, %{{.*}} axis = 1 : (tensor<9x2xf32>, tensor<i64>) -> tensor<9xf32>
// CHECK: etch.broadcast_in_dim %[[X]] shape = [9, 9] dims = [1]
// CHECK: etch.broadcast_in_dim %[[X]] shape = [9, 9] dims = [0]
// CHECK: etch.concatenate {{.*}} axis = 1 : (tensor<9x1xf32>, tensor<9x1xf32>) -> tensor<9x2xf32>
func.func @points(%p: tensor<9x2xf32>) -> tensor<9x2xf32> {
  %a = etch.broadcast_in_dim %p shape = [9, 9, 2] dims = [1, 2] : (tensor<9x2xf32>) -> tensor<9x9x2xf32>
  %b = etch.broadcast_in_dim %p shape = [9, 9, 2] dims = [0, 2] : (tensor<9x2xf32>) -> tensor<9x9x2xf32>
  %d = etch.sub %a, %b : tensor<9x9x2xf32>
  %q = etch.square %d : tensor<9x9x2xf32>
  %s = etch.reduce_sum %q axes = [2] : (tensor<9x9x2xf32>) -> tensor<9x9xf32>
  %sb = etch.broadcast_in_dim %s shape = [9, 9, 2] dims = [0, 1] : (tensor<9x9xf32>) -> tensor<9x9x2xf32>
  %f = etch.mul %d, %sb : tensor<9x9x2xf32>
  %r = etch.reduce_sum %f axes = [0] : (tensor<9x9x2xf32>) -> tensor<9x2xf32>
  return %r : tensor<9x2xf32>
}

// -----

// Left as they are: a sum that does not meet its coordinates again, a large tensor that is needed whole, or that lies in memory with
// its coordinates side by side, and sums whose additions are not those of the type.
// CHECK-LABEL: func.func @others
// CHECK: etch.reduce_sum %{{.*}} axes = [0] : (tensor<3x20xf32>) -> tensor<20xf32>
// CHECK: etch.reduce_sum %{{.*}} axes = [0] : (tensor<3x20xf32>) -> tensor<20xf32>
// CHECK: etch.reduce_sum %{{.*}} axes = [1] : (tensor<20x3xf32>) -> tensor<20xf32>
// CHECK: etch.reduce_sum %{{.*}} axes = [0] : (tensor<3x20xbf16>) -> tensor<20xbf16>
func.func @others(%x: tensor<3x20xf32>, %y: tensor<20x3xf32>, %h: tensor<3x20xbf16>) -> (tensor<20xf32>, tensor<3x20xf32>, tensor<20xf32>, tensor<20xbf16>) {
  %e = etch.exp %x : tensor<3x20xf32>
  %s = etch.reduce_sum %e axes = [0] : (tensor<3x20xf32>) -> tensor<20xf32>
  %t = etch.tanh %x : tensor<3x20xf32>
  %u = etch.reduce_sum %t axes = [0] : (tensor<3x20xf32>) -> tensor<20xf32>
  %ub = etch.broadcast_in_dim %u shape = [3, 20] dims = [1] : (tensor<20xf32>) -> tensor<3x20xf32>
  %w = etch.div %t, %ub : tensor<3x20xf32>
  %f = etch.exp %y : tensor<20x3xf32>
  %g = etch.reduce_sum %f axes = [1] : (tensor<20x3xf32>) -> tensor<20xf32>
  %gb = etch.broadcast_in_dim %g shape = [20, 3] dims = [0] : (tensor<20xf32>) -> tensor<20x3xf32>
  %v = etch.mul %f, %gb : tensor<20x3xf32>
  %vs = etch.reduce_sum %v axes = [1] : (tensor<20x3xf32>) -> tensor<20xf32>
  %hs = etch.reduce_sum %h axes = [0] : (tensor<3x20xbf16>) -> tensor<20xbf16>
  %hb = etch.broadcast_in_dim %hs shape = [3, 20] dims = [1] : (tensor<20xbf16>) -> tensor<3x20xbf16>
  %hd = etch.div %h, %hb : tensor<3x20xbf16>
  %hr = etch.reduce_sum %hd axes = [0] : (tensor<3x20xbf16>) -> tensor<20xbf16>
  return %s, %w, %vs, %hr : tensor<20xf32>, tensor<3x20xf32>, tensor<20xf32>, tensor<20xbf16>
}

// -----

// What reads all of it is no member, and may have no axis at all.
// CHECK-LABEL: func.func @largest
// CHECK: %[[D:.*]] = etch.div
// CHECK: etch.reduce_max %[[D]] axes = [0, 1]
func.func @largest(%x: tensor<2x90xf32>) -> tensor<f32> {
  %e = etch.exp %x : tensor<2x90xf32>
  %s = etch.square %e : tensor<2x90xf32>
  %l = etch.reduce_sum %s axes = [0] : (tensor<2x90xf32>) -> tensor<90xf32>
  %b = etch.broadcast_in_dim %l shape = [2, 90] dims = [1] : (tensor<90xf32>) -> tensor<2x90xf32>
  %d = etch.div %e, %b : tensor<2x90xf32>
  %m = etch.reduce_max %d axes = [0, 1] : (tensor<2x90xf32>) -> tensor<f32>
  return %m : tensor<f32>
}

// -----

// Distances of pairs of points, whose coordinates are the innermost axis, meet them no more: each would be a vector of
// three lanes. Points that lie in memory as they are summed are read as they lie.
// CHECK-LABEL: func.func @pairs
// CHECK-COUNT-3: etch.sub {{.*}} tensor<40x50xf32>
// CHECK: %[[XY:.*]] = etch.add
// CHECK: %[[XYZ:.*]] = etch.add %[[XY]]
// CHECK: %[[N:.*]] = etch.reduce_min %[[XYZ]] axes = [1]
// CHECK: %[[L:.*]] = etch.square %arg2
// CHECK: etch.reduce_sum %[[L]] axes = [1]
func.func @pairs(%x: tensor<40x3xf32>, %y: tensor<50x3xf32>, %p: tensor<700x3xf32>) -> (tensor<40xf32>, tensor<700xf32>) {
  %xb = etch.broadcast_in_dim %x shape = [40, 50, 3] dims = [0, 2] : (tensor<40x3xf32>) -> tensor<40x50x3xf32>
  %yb = etch.broadcast_in_dim %y shape = [40, 50, 3] dims = [1, 2] : (tensor<50x3xf32>) -> tensor<40x50x3xf32>
  %d = etch.sub %xb, %yb : tensor<40x50x3xf32>
  %s = etch.square %d : tensor<40x50x3xf32>
  %r = etch.reduce_sum %s axes = [2] : (tensor<40x50x3xf32>) -> tensor<40x50xf32>
  %n = etch.reduce_min %r axes = [1] : (tensor<40x50xf32>) -> tensor<40xf32>
  %q = etch.square %p : tensor<700x3xf32>
  %l = etch.reduce_sum %q axes = [1] : (tensor<700x3xf32>) -> tensor<700xf32>
  return %n, %l : tensor<40xf32>, tensor<700xf32>
}

// -----

// A difference from the coordinate before: no coordinate is computed by itself.
// CHECK-LABEL: func.func @shifted
// CHECK: etch.reduce_sum %{{.*}} axes = [0] : (tensor<3x1000xf32>) -> tensor<1000xf32>
func.func @shifted(%x: tensor<3x1000xf32>) -> tensor<3x1000xf32> {
  %0 = etch.constant dense<0.0> : tensor<f32>
  %p = etch.pad %x, %0 low = [1, 0] high = [-1, 0] interior = [0, 0] : (tensor<3x1000xf32>, tensor<f32>) -> tensor<3x1000xf32>
  %d = etch.sub %x, %p : tensor<3x1000xf32>
  %q = etch.square %d : tensor<3x1000xf32>
  %l = etch.reduce_sum %q axes = [0] : (tensor<3x1000xf32>) -> tensor<1000xf32>
  %b = etch.broadcast_in_dim %l shape = [3, 1000] dims = [1] : (tensor<1000xf32>) -> tensor<3x1000xf32>
  %r = etch.div %d, %b : tensor<3x1000xf32>
  return %r : tensor<3x1000xf32>
}
