// Tall matrices of at most sixteen columns: sixteen rows are read as one.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Sixteen rows of five columns are eighty elements; four times sixteen rows are added before states go back to memory,
// eight rows are left over. The partial results of rows are folded by halves: 40, 20, 10 and 5 elements further.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK: %[[STATES:.*]] = llvm.alloca %{{.*}} x i8 {alignment = 64
// CHECK: scf.for %{{.*}} = %c0_i64{{.*}} to %c192_i64{{.*}} step %c64_i64
// CHECK: scf.for %{{.*}} = %c0_i64{{.*}} to %c80_i64{{.*}} step %c16_i64
// CHECK: llvm.load {{.*}} -> vector<16xf32>
// CHECK-COUNT-4: arith.addf {{.*}} : vector<16xf32>
// CHECK: llvm.store {{.*}} : vector<16xf32>
// CHECK: llvm.intr.masked.load {{.*}} -> vector<16xf32>
// CHECK: arith.addi %{{.*}}, %c40_i64
// CHECK: getelementptr %{{.*}}[%c20_i64]
// CHECK: arith.addf
// CHECK: llvm.intr.masked.store {{.*}} : vector<16xf32>
// CHECK: return
func.func @few(%x: tensor<200x5xf32>) -> tensor<5xf32> {
  %0 = etch.reduce_sum %x axes = [0] : (tensor<200x5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

// What is repeated in every row is written down for sixteen of them, and read as it lies: no gathers.
// CHECK-LABEL: func.func private @mul_reduce_sum
// CHECK-COUNT-2: llvm.alloca
// CHECK: scf.for %{{.*}} = %c0_i64{{.*}} to %c16_i64{{.*}} step %c1_i64
// CHECK-NOT: gather
// CHECK: return
func.func @repeated(%x: tensor<256x4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = etch.broadcast_in_dim %y shape = [256, 4] dims = [1] : (tensor<4xf32>) -> tensor<256x4xf32>
  %1 = etch.mul %x, %0 : tensor<256x4xf32>
  %2 = etch.reduce_sum %1 axes = [0] : (tensor<256x4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// -----

// Where the extents are unknown, the kernel asks how many columns and rows there are.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK: %[[FEW:.*]] = arith.cmpi slt, %{{.*}}, %c17_i64
// CHECK: %[[MANY:.*]] = arith.cmpi slt, %c127_i64{{.*}}, %{{.*}}
// CHECK: %[[BOTH:.*]] = arith.andi %[[FEW]], %[[MANY]]
// CHECK: scf.if %[[BOTH]]
// CHECK: } else {
// CHECK: return
func.func @unknown(%x: tensor<?x?xf32>) -> tensor<?xf32> {
  %0 = etch.reduce_sum %x axes = [0] : (tensor<?x?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// A hundred rows take their columns in order.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK-NOT: alloca
// CHECK: scf.for %{{.*}} = %c0_i64{{.*}} to %c100_i64{{.*}} step %c1_i64
// CHECK: return
func.func @few_rows(%x: tensor<100x5xf32>) -> tensor<5xf32> {
  %0 = etch.reduce_sum %x axes = [0] : (tensor<100x5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}
