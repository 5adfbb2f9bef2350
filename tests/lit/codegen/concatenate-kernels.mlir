// Joining tensors: each operand is copied to its place, nothing is selected or gathered.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Many operands of one type share their code: a loop reads one pointer after the other.
// RUN: python3 %S/Inputs/many_values.py operands 100 | etch-opt --stop-after=kernels | FileCheck %s --check-prefix=MANY
// MANY-LABEL: func.func private @concatenate
// MANY: scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step
// MANY: %[[PLACE:.*]] = llvm.getelementptr %arg0[%[[I]]]
// MANY: llvm.load %[[PLACE]]
// MANY: llvm.intr.memcpy
// MANY-NOT: llvm.intr.memcpy
// MANY: return

// Along the first axis an operand is one run of memory, of which a task copies its part.
// CHECK-LABEL: func.func private @concatenate
// CHECK-COUNT-3: llvm.intr.memcpy
// CHECK-NOT: llvm.intr.memcpy
// CHECK-NOT: gather
// CHECK: return
func.func @rows(%a: tensor<2x8xf32>, %b: tensor<3x8xf32>, %c: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = etch.concatenate %a, %b, %c axis = 0 : (tensor<2x8xf32>, tensor<3x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// What reads the whole is computed for one operand after the other: nothing is gathered or selected.
// CHECK-LABEL: func.func private @neg
// CHECK-COUNT-2: arith.negf
// CHECK-NOT: arith.negf
// CHECK-NOT: gather
// CHECK-NOT: arith.select
// CHECK: return
func.func @columns(%a: tensor<40x5xf32>, %b: tensor<40x9xf32>) -> tensor<40x14xf32> {
  %0 = etch.concatenate %a, %b axis = 1 : (tensor<40x5xf32>, tensor<40x9xf32>) -> tensor<40x14xf32>
  %1 = etch.neg %0 : tensor<40x14xf32>
  return %1 : tensor<40x14xf32>
}

// -----

// What need not be in memory is computed where it goes.
// CHECK-LABEL: func.func private @concatenate
// CHECK: llvm.intr.memcpy
// CHECK: vector.shuffle {{.*}} [15, 14, {{.*}}, 1, 0] : vector<16xf32>
// CHECK: return
func.func @computed(%a: tensor<2x8xf32>, %b: tensor<3x8xf32>) -> tensor<5x8xf32> {
  %0 = etch.reverse %b axes = [1] : (tensor<3x8xf32>) -> tensor<3x8xf32>
  %1 = etch.concatenate %a, %0 axis = 0 : (tensor<2x8xf32>, tensor<3x8xf32>) -> tensor<5x8xf32>
  return %1 : tensor<5x8xf32>
}

// -----

// Along the last axis there is a copy a row; short-pieces.mlir has short rows.
// CHECK-LABEL: func.func private @concatenate
// CHECK: scf.for
// CHECK: llvm.intr.memcpy
// CHECK: scf.for
// CHECK: llvm.intr.memcpy
// CHECK: return
func.func @copied_columns(%a: tensor<40x500xf32>, %b: tensor<40x9xf32>) -> tensor<40x509xf32> {
  %0 = etch.concatenate %a, %b axis = 1 : (tensor<40x500xf32>, tensor<40x9xf32>) -> tensor<40x509xf32>
  return %0 : tensor<40x509xf32>
}

// -----

// Columns of one element: vectors of them are put together by shuffles.
// CHECK-LABEL: func.func private @concatenate
// CHECK-NOT: memcpy
// CHECK-COUNT-2: llvm.load {{.*}} -> vector<16xf32>
// CHECK-COUNT-2: vector.shuffle
// CHECK-COUNT-2: llvm.store {{.*}} : vector<16xf32>
// CHECK-COUNT-2: llvm.intr.masked.load
// CHECK-COUNT-2: llvm.intr.masked.store
// CHECK-NOT: memcpy
// CHECK: return
func.func @in_turn(%a: tensor<37x1xf32>, %b: tensor<37x1xf32>) -> tensor<37x2xf32> {
  %0 = etch.concatenate %a, %b axis = 1 : (tensor<37x1xf32>, tensor<37x1xf32>) -> tensor<37x2xf32>
  return %0 : tensor<37x2xf32>
}

// -----

// A tensor joined with itself: the first copy ends where the second one begins, so neither is read past its end.
// CHECK-LABEL: func.func private @mul_reduce_sum
// CHECK: %[[LANES:.*]] = arith.cmpi slt
// CHECK: %[[ENDS:.*]] = arith.cmpi slt
// CHECK: %[[FIRST:.*]] = arith.andi %[[LANES]], %[[ENDS]]
// CHECK: llvm.intr.masked.load %{{.*}}, %[[FIRST]]
func.func @itself(%x: tensor<2x3xf64>, %w: tensor<2x6xf64>) -> tensor<f64> {
  %0 = etch.concatenate %x, %x axis = 1 : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x6xf64>
  %1 = etch.mul %0, %w : tensor<2x6xf64>
  %2 = etch.reduce_sum %1 axes = [0, 1] : (tensor<2x6xf64>) -> tensor<f64>
  return %2 : tensor<f64>
}

// -----

// Read from the other end, behind what is computed: elements are stored where the result has them, from whichever operand
// has them. (Taken operand by operand, each would be stored where it is read.)
// CHECK-LABEL: func.func private @reverse
// CHECK: %[[LINE:.*]] = vector.shuffle {{.*}} [15, 14, {{.*}}, 1, 0] : vector<16xf32>
// CHECK-NOT: scf.for
// CHECK: arith.negf
// CHECK: llvm.store
func.func @moved(%a: tensor<2x32xf32>, %b: tensor<2x32xf32>) -> tensor<4x32xf32> {
  %0 = etch.concatenate %a, %b axis = 0 : (tensor<2x32xf32>, tensor<2x32xf32>) -> tensor<4x32xf32>
  %1 = etch.neg %0 : tensor<4x32xf32>
  %2 = etch.reverse %1 axes = [1] : (tensor<4x32xf32>) -> tensor<4x32xf32>
  return %2 : tensor<4x32xf32>
}
