// Extents that data decides on: memory is asked for when they are known, and carried values move.
// RUN: etch-opt %s --stop-after=target | FileCheck %s

// CHECK-LABEL: llvm.func @grows_entry
// The value and its extent begin in variables of the code;
// CHECK: llvm.call @etch_rt_block
// each time round they are loaded from there.
// CHECK: ^[[TEST:bb[0-9]+]](%{{.*}}: i64):
// CHECK-NEXT: llvm.load {{.*}} -> !llvm.ptr
// CHECK-NEXT: llvm.load {{.*}} -> i64
// The body's result gets a block of its own.
// CHECK: llvm.call @etch_rt_block
// At the end the result is handed out with its shape.
// CHECK: llvm.call @etch_rt_result
// What the body made is copied to the place that is prepared for it, which becomes the carried value's.
// CHECK: llvm.call @concatenate
// CHECK: llvm.call @etch_rt_block
// CHECK: llvm.call @etch_rt_next_block
// CHECK: llvm.br ^[[TEST]]
// CHECK-NOT: @grows_shapes
func.func @grows(%n: tensor<i64>, %x: tensor<1xf32>) -> tensor<?xf32> {
  %zero = etch.constant dense<0> : tensor<i64>
  %one = etch.constant dense<1> : tensor<i64>
  %init = etch.reshape %x sizes %one shape = [-1] : (tensor<1xf32>, tensor<i64>) -> tensor<?xf32>
  %list = etch.for %zero to %n(%init) : (tensor<i64>, tensor<i64>, tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%i: tensor<i64>, %carried: tensor<?xf32>):
    %longer = etch.concatenate %carried, %x axis = 0 : (tensor<?xf32>, tensor<1xf32>) -> tensor<?xf32>
    etch.yield %longer : tensor<?xf32>
  }
  return %list : tensor<?xf32>
}
