// Ops on a few elements in the body of a loop: one straight line of code, values in registers.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s
// RUN: etch-opt %s --stop-after=target --split-input-file | FileCheck %s --check-prefix=ENTRY

// Three elements are four lanes, loaded and stored as three. Slices and joins are shuffles; nothing is stored between.
// CHECK-LABEL: func.func private @slice
// CHECK: %[[X:.*]] = llvm.load {{.*}} vector<3xf32>
// CHECK: %[[R:.*]] = vector.shuffle %[[X]], %[[X]] [0, 1, 2, -1]
// CHECK: vector.shuffle {{.*}} [1, 2] : vector<4xf32>, vector<4xf32>
// CHECK-NOT: llvm.store
// CHECK: math.floor {{.*}} : f32
// CHECK-NOT: scf
// CHECK: llvm.store {{.*}} vector<3xf32>
// CHECK-NEXT: return

// What the loop carries lies on the stack: the slot is written once, behind the loop.
// ENTRY-LABEL: llvm.func @rotate_entry
// ENTRY: %[[HOME:.*]] = llvm.alloca %{{.*}} x vector<3xf32>
// ENTRY: %[[INIT:.*]] = llvm.load %{{.*}} : !llvm.ptr -> vector<3xf32>
// ENTRY: llvm.store %[[INIT]], %[[HOME]]
// ENTRY: llvm.call @slice
// ENTRY: %[[LAST:.*]] = llvm.load %[[HOME]] {{.*}} vector<3xf32>
// ENTRY: llvm.store %[[LAST]]
func.func @rotate(%n: tensor<i64>, %x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = etch.for %n to %n (%x) : (tensor<i64>, tensor<i64>, tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%i: tensor<i64>, %a: tensor<3xf32>):
    %1 = etch.slice %a starts = [0] limits = [1] strides = [1] : (tensor<3xf32>) -> tensor<1xf32>
    %2 = etch.slice %a starts = [1] limits = [3] strides = [1] : (tensor<3xf32>) -> tensor<2xf32>
    %3 = etch.floor %1 : tensor<1xf32>
    %4 = etch.concatenate %2, %3 axis = 0 : (tensor<2xf32>, tensor<1xf32>) -> tensor<3xf32>
    etch.yield %4 : tensor<3xf32>
  }
  return %0 : tensor<3xf32>
}
