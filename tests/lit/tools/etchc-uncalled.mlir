// An object holds the parts of the routine of products that its shapes need: no blocks and no packing for one row.
// REQUIRES: etchc
// RUN: etchc %s --target-cpu=x86-64-v4 --emit=llvm | FileCheck %s

// CHECK-NOT: define {{.*}}.pack(
// CHECK-NOT: define {{.*}}.tile14x2(
// CHECK: define internal {{.*}}@etch_shared_gemm_f32(
// CHECK-NOT: define {{.*}}.pack(
// CHECK-NOT: define {{.*}}.tile14x2(
func.func @row(%x: tensor<1x20xf32>, %w: tensor<20x20xf32>) -> tensor<1x20xf32> {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<1x20xf32>, tensor<20x20xf32>) -> tensor<1x20xf32>
  return %0 : tensor<1x20xf32>
}
