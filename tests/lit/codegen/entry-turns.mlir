// What a loop's body makes from other elements of what it carries lies in two places in turn: the pointers change
// places, nothing is copied.
// RUN: etch-opt %s --stop-after=target | FileCheck %s

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
