// Columns side by side: sixteen rows at a time, column after column, shuffled into lines.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Three lines are shuffled twice each. Nothing is selected, gathered or scattered, and no row is stored by itself.
// CHECK-LABEL: func.func private @concatenate
// CHECK: scf.for {{.*}} step %c16_i64
// CHECK: %[[X:.*]] = llvm.load {{.*}} -> vector<16xf32>
// CHECK: %[[Y:.*]] = llvm.load {{.*}} -> vector<16xf32>
// CHECK: arith.addf %[[X]], %[[Y]]
// CHECK: arith.subf %[[X]], %[[Y]]
// CHECK: arith.mulf %[[X]], %[[Y]]
// CHECK-COUNT-6: vector.shuffle
// CHECK-COUNT-3: llvm.store {{.*}} : vector<16xf32>
// CHECK-NOT: masked
// CHECK-NOT: arith.select
// CHECK: return
func.func @stacked(%x: tensor<4096xf32>, %y: tensor<4096xf32>) -> tensor<4096x3xf32> {
  %0 = etch.add %x, %y : tensor<4096xf32>
  %1 = etch.sub %x, %y : tensor<4096xf32>
  %2 = etch.mul %x, %y : tensor<4096xf32>
  %3 = etch.reshape %0 shape = [4096, 1] : (tensor<4096xf32>) -> tensor<4096x1xf32>
  %4 = etch.reshape %1 shape = [4096, 1] : (tensor<4096xf32>) -> tensor<4096x1xf32>
  %5 = etch.reshape %2 shape = [4096, 1] : (tensor<4096xf32>) -> tensor<4096x1xf32>
  %6 = etch.concatenate %3, %4, %5 axis = 1 : (tensor<4096x1xf32>, tensor<4096x1xf32>, tensor<4096x1xf32>) -> tensor<4096x3xf32>
  return %6 : tensor<4096x3xf32>
}

// -----

// Four rows are left over of a hundred: masked. Code with a math function is there once.
// CHECK-LABEL: func.func private @concatenate
// CHECK: scf.for
// CHECK: llvm.intr.masked.load
// CHECK-NOT: scf.for
// CHECK-COUNT-2: llvm.intr.masked.store {{.*}} : vector<16xf32>
// CHECK-NOT: llvm.intr.masked.store
// CHECK: return
func.func @left_over(%x: tensor<100x1xf32>) -> tensor<100x2xf32> {
  %0 = etch.exp %x : tensor<100x1xf32>
  %1 = etch.concatenate %x, %0 axis = 1 : (tensor<100x1xf32>, tensor<100x1xf32>) -> tensor<100x2xf32>
  return %1 : tensor<100x2xf32>
}

// -----

// Rows that are folded are in registers as well: one pass, nothing stored in between.
// CHECK-LABEL: func.func private @{{.*}}reduce_sum
// CHECK: scf.for
// CHECK-COUNT-3: arith.mulf
// CHECK: arith.addf
// CHECK: arith.addf
// CHECK: math.sqrt
// CHECK-COUNT-3: arith.divf
// CHECK-COUNT-3: llvm.store {{.*}} : vector<16xf32>
// CHECK-NOT: scf.for
// CHECK: return
func.func @directions(%x: tensor<4096x1xf32>, %y: tensor<4096x1xf32>) -> tensor<4096x3xf32> {
  %0 = etch.add %x, %y : tensor<4096x1xf32>
  %1 = etch.sub %x, %y : tensor<4096x1xf32>
  %2 = etch.concatenate %0, %1, %x axis = 1 : (tensor<4096x1xf32>, tensor<4096x1xf32>, tensor<4096x1xf32>) -> tensor<4096x3xf32>
  %3 = etch.mul %2, %2 : tensor<4096x3xf32>
  %4 = etch.reduce_sum %3 axes = [1] : (tensor<4096x3xf32>) -> tensor<4096xf32>
  %5 = etch.sqrt %4 : tensor<4096xf32>
  %6 = etch.broadcast_in_dim %5 shape = [4096, 3] dims = [0] : (tensor<4096xf32>) -> tensor<4096x3xf32>
  %7 = etch.div %2, %6 : tensor<4096x3xf32>
  return %7 : tensor<4096x3xf32>
}
