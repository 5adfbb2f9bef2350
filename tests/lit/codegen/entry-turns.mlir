// What a loop's body makes from other elements of what it carries lies in two places in turn: the pointers change
// places, nothing is copied.
// RUN: etch-opt %s --split-input-file --stop-after=target | FileCheck %s

// CHECK-LABEL: llvm.func @stencil_entry
// CHECK: llvm.br ^[[TOP:bb[0-9]+]](%{{.*}}, %{{.*}}, %{{.*}} : i64, !llvm.ptr, !llvm.ptr)
// CHECK: ^[[TOP]](%[[I:.*]]: i64, %[[NOW:.*]]: !llvm.ptr, %[[NEXT:.*]]: !llvm.ptr):
// CHECK-NOT: llvm.intr.memcpy
// CHECK: llvm.store %[[NOW]], %{{.*}} : !llvm.ptr, !llvm.ptr
// CHECK: llvm.store %[[NEXT]], %{{.*}} : !llvm.ptr, !llvm.ptr
// CHECK-NOT: llvm.intr.memcpy
// CHECK: llvm.br ^[[TOP]](%{{.*}}, %[[NEXT]], %[[NOW]] : i64, !llvm.ptr, !llvm.ptr)
// The result is where the last iteration left it.
// CHECK: "llvm.intr.memcpy"({{.*}}, %[[NOW]],
func.func @stencil(%lower: tensor<i64>, %n: tensor<i64>, %x: tensor<100x64xf32>) -> tensor<100x64xf32> {
  %0 = etch.for %lower to %n (%x) : (tensor<i64>, tensor<i64>, tensor<100x64xf32>) -> tensor<100x64xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<100x64xf32>):
    %1 = etch.reverse %a axes = [0] : (tensor<100x64xf32>) -> tensor<100x64xf32>
    %2 = etch.sub %1, %a : tensor<100x64xf32>
    etch.yield %2 : tensor<100x64xf32>
  }
  return %0 : tensor<100x64xf32>
}

// -----

// What moves on as it is takes its place along: three places go round.
// CHECK-LABEL: llvm.func @two_steps_entry
// CHECK: ^[[TOP:bb[0-9]+]](%{{.*}}: i64, %[[BEFORE:.*]]: !llvm.ptr, %[[NOW:.*]]: !llvm.ptr, %[[NEXT:.*]]: !llvm.ptr):
// CHECK-NOT: llvm.intr.memcpy
// CHECK-COUNT-1: llvm.call @
// CHECK-NOT: llvm.intr.memcpy
// CHECK-NOT: llvm.call @
// CHECK: llvm.br ^[[TOP]](%{{.*}}, %[[NOW]], %[[NEXT]], %[[BEFORE]] : i64, !llvm.ptr, !llvm.ptr, !llvm.ptr)
func.func @two_steps(%lower: tensor<i64>, %n: tensor<i64>, %x: tensor<100x64xf32>, %y: tensor<100x64xf32>) -> (tensor<100x64xf32>, tensor<100x64xf32>) {
  %0:2 = etch.for %lower to %n (%x, %y) : (tensor<i64>, tensor<i64>, tensor<100x64xf32>, tensor<100x64xf32>) -> (tensor<100x64xf32>, tensor<100x64xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<100x64xf32>, %b: tensor<100x64xf32>):
    %1 = etch.reverse %b axes = [0] : (tensor<100x64xf32>) -> tensor<100x64xf32>
    %2 = etch.sub %1, %a : tensor<100x64xf32>
    etch.yield %b, %2 : tensor<100x64xf32>, tensor<100x64xf32>
  }
  return %0#0, %0#1 : tensor<100x64xf32>, tensor<100x64xf32>
}

// -----

// A value that would have two places is copied to one of them.
// CHECK-LABEL: llvm.func @doubled_entry
// CHECK: llvm.br ^[[TOP:bb[0-9]+]](%{{[0-9]+}} : i64)
// CHECK: llvm.call @transpose
func.func @doubled(%lower: tensor<i64>, %n: tensor<i64>, %x: tensor<100x64xf32>, %y: tensor<100x64xf32>) -> (tensor<100x64xf32>, tensor<100x64xf32>) {
  %0:2 = etch.for %lower to %n (%x, %y) : (tensor<i64>, tensor<i64>, tensor<100x64xf32>, tensor<100x64xf32>) -> (tensor<100x64xf32>, tensor<100x64xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<100x64xf32>, %b: tensor<100x64xf32>):
    etch.yield %b, %b : tensor<100x64xf32>, tensor<100x64xf32>
  }
  return %0#0, %0#1 : tensor<100x64xf32>, tensor<100x64xf32>
}

// -----

// Each chain keeps to places of its own, which are of its size: the smaller values move on and the larger one is made
// in turn.
// CHECK-LABEL: llvm.func @two_chains_entry
// CHECK: ^[[TOP:bb[0-9]+]](%{{.*}}: i64, %[[BEFORE:.*]]: !llvm.ptr, %[[LARGE:.*]]: !llvm.ptr, %[[NOW:.*]]: !llvm.ptr, %[[NEXT_LARGE:.*]]: !llvm.ptr, %[[NEXT:.*]]: !llvm.ptr):
// CHECK: llvm.br ^[[TOP]](%{{.*}}, %[[NOW]], %[[NEXT_LARGE]], %[[NEXT]], %[[LARGE]], %[[BEFORE]] : i64,
func.func @two_chains(%lower: tensor<i64>, %n: tensor<i64>, %x: tensor<8x8xf32>, %y: tensor<100x64xf32>, %z: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<100x64xf32>, tensor<8x8xf32>) {
  %0:3 = etch.for %lower to %n (%x, %y, %z) : (tensor<i64>, tensor<i64>, tensor<8x8xf32>, tensor<100x64xf32>, tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<100x64xf32>, tensor<8x8xf32>) {
  ^bb0(%i: tensor<i64>, %a: tensor<8x8xf32>, %b: tensor<100x64xf32>, %c: tensor<8x8xf32>):
    %1 = etch.reverse %b axes = [0] : (tensor<100x64xf32>) -> tensor<100x64xf32>
    %2 = etch.sub %1, %b : tensor<100x64xf32>
    %3 = etch.reverse %c axes = [0] : (tensor<8x8xf32>) -> tensor<8x8xf32>
    %4 = etch.sub %3, %a : tensor<8x8xf32>
    etch.yield %c, %2, %4 : tensor<8x8xf32>, tensor<100x64xf32>, tensor<8x8xf32>
  }
  return %0#0, %0#1, %0#2 : tensor<8x8xf32>, tensor<100x64xf32>, tensor<8x8xf32>
}
