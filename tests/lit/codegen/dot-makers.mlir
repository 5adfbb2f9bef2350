// Ops before a product are a function of its kernel that stores a part of the operand, a row of vectors at a time; the
// product calls it where it would copy or pack.
// RUN: etch-opt %s --stop-after=kernels | FileCheck %s

// CHECK: func.func private @dot_general.left(%{{.*}}: !llvm.ptr, %[[FIRST:.*]]: i64, %[[LAST:.*]]: i64, %{{.*}}: i64, %{{.*}}: i64, %[[TO:.*]]: !llvm.ptr, %[[APART:.*]]: i64)
// CHECK: scf.for %[[ROW:.*]] = %[[FIRST]] to %[[LAST]]
// CHECK: %[[I:.*]] = arith.subi %[[ROW]], %[[FIRST]]
// CHECK: %[[AT:.*]] = arith.muli %[[I]], %[[APART]]
// CHECK: llvm.getelementptr %[[TO]][%[[AT]]]
// CHECK: math.absf %{{.*}} : vector<16xf32>
// CHECK: llvm.store
// CHECK: llvm.intr.masked.store
// CHECK-LABEL: func.func private @dot_general(%arg0: !llvm.ptr
// CHECK: builtin.unrealized_conversion_cast %{{.*}} : (!llvm.ptr, i64, i64, i64, i64, !llvm.ptr, i64) -> () to !llvm.ptr
// CHECK: call @etch_shared_gemm_f32(%{{.*}}, %c30_i64, %c100_i64, %c0_i64, %c1_i64, %c30_i64, %c1_i64, %c30_i64, %{{.*}}, %arg0, %{{.*}}, %c0_i64, %{{.*}}, %{{.*}})
// CHECK: func.func private @etch_shared_gemm_f32(
// CHECK: llvm.call %arg16(
// CHECK: llvm.call %arg15(
func.func @left(%x: tensor<700x100xf32>, %w: tensor<100x30xf32>) -> tensor<700x30xf32> {
  %0 = etch.abs %x : tensor<700x100xf32>
  %1 = etch.dot_general %0, %w batch = [] x [] contract = [1] x [0] : (tensor<700x100xf32>, tensor<100x30xf32>) -> tensor<700x30xf32>
  return %1 : tensor<700x30xf32>
}
