// Everything is reduced: tasks fold chunks, then the kernel combines them in order.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// CHECK-LABEL: func.func private @reduce_sum.part
// CHECK: scf.for
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK: llvm.store {{.*}} {alignment = 64 : i64} : vector<16xf32>
// CHECK: return
// CHECK-LABEL: func.func private @reduce_sum(
// CHECK: call @etch_rt_parallel_for
// CHECK: llvm.load {{.*}} {alignment = 64 : i64} : !llvm.ptr -> vector<16xf32>
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK: arith.addf {{.*}} : vector<1xf32>
// CHECK: return
func.func @sum(%x: tensor<1000000xf32>) -> tensor<f32> {
  %0 = etch.reduce_sum %x axes = [0] : (tensor<1000000xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// One chunk has nothing to combine.
// CHECK-NOT: part
// CHECK-LABEL: func.func private @reduce_sum(
// CHECK-NOT: etch_rt_parallel_for
func.func @small(%x: tensor<256x256xf32>) -> tensor<f32> {
  %0 = etch.reduce_sum %x axes = [0, 1] : (tensor<256x256xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// What else the kernel makes of each element is stored by the part, what it makes of the result by the kernel.
// CHECK-LABEL: func.func private @square_reduce_sum_neg.part
// CHECK: llvm.store {{.*}} {alignment = 4 : i64} : vector<16xf32>
// CHECK: return
// CHECK-LABEL: func.func private @square_reduce_sum_neg(
// CHECK: arith.negf {{.*}} : f32
// CHECK: return
func.func @both(%x: tensor<500x800xf32>) -> (tensor<500x800xf32>, tensor<f32>) {
  %0 = etch.square %x : tensor<500x800xf32>
  %1 = etch.reduce_sum %0 axes = [0, 1] : (tensor<500x800xf32>) -> tensor<f32>
  %2 = etch.neg %1 : tensor<f32>
  return %0, %2 : tensor<500x800xf32>, tensor<f32>
}

// -----

// What the caches do not hold is asked for 4 KiB ahead, on processors where that was measured: of two operands 2 KiB
// each (docs/decisions/0136-lines-asked-for-in-order.md).
module attributes {etch.vector_unit = "512x32+fma+streams+halves"} {
  // CHECK-LABEL: func.func private @mul_reduce_sum.part
  // CHECK-COUNT-10: "llvm.intr.prefetch"({{.*}}) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}>
  // CHECK-NOT: llvm.intr.prefetch
  // CHECK-LABEL: func.func private @mul_reduce_sum(
  func.func @large(%x: tensor<8000x1000xf32>, %y: tensor<8000x1000xf32>) -> tensor<f32> {
    %0 = etch.mul %x, %y : tensor<8000x1000xf32>
    %1 = etch.reduce_sum %0 axes = [0, 1] : (tensor<8000x1000xf32>) -> tensor<f32>
    return %1 : tensor<f32>
  }
}

// -----

// Not what they may hold.
module attributes {etch.vector_unit = "512x32+fma+streams+halves"} {
  // CHECK-LABEL: func.func private @reduce_sum.part
  // CHECK-NOT: llvm.intr.prefetch
  // CHECK: return
  func.func @cached(%x: tensor<8000000xf32>) -> tensor<f32> {
    %0 = etch.reduce_sum %x axes = [0] : (tensor<8000000xf32>) -> tensor<f32>
    return %0 : tensor<f32>
  }
}
