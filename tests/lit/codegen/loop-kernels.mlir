// Elementwise kernels: vectors of 16 lanes whatever the dtype, the last ones masked.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s
// RUN: etch-opt %s --stop-after=kernels --strict --split-input-file | FileCheck %s --check-prefix=STRICT

// One loop over all elements, whatever the rank; 40 = 2 * 16 + 8. Contraction is allowed unless the policy is strict.
// CHECK-LABEL: func.func private @mul_add
// CHECK-DAG: %[[C32:.*]] = arith.constant 32 : i64
// CHECK: scf.for %{{.*}} to %[[C32]] step
// CHECK-COUNT-2: llvm.load {{.*}} : !llvm.ptr -> vector<16xf32>
// CHECK: arith.mulf {{.*}} fastmath<contract> : vector<16xf32>
// CHECK: llvm.load
// CHECK: arith.addf {{.*}} fastmath<contract> : vector<16xf32>
// CHECK: llvm.store {{.*}} : vector<16xf32>
// CHECK: llvm.intr.masked.load
// CHECK: llvm.intr.masked.store
// CHECK: return
// STRICT-LABEL: func.func private @mul_add
// STRICT-NOT: fastmath
// STRICT: return
func.func @flat(%a: tensor<5x8xf32>, %b: tensor<5x8xf32>, %c: tensor<5x8xf32>) -> tensor<5x8xf32> {
  %0 = etch.mul %a, %b : tensor<5x8xf32>
  %1 = etch.add %0, %c : tensor<5x8xf32>
  return %1 : tensor<5x8xf32>
}

// -----

// 48 elements: nothing to mask.
// CHECK-LABEL: func.func private @neg
// CHECK-NOT: masked
// CHECK: return
func.func @whole_vectors(%a: tensor<48xf32>) -> tensor<48xf32> {
  %0 = etch.neg %a : tensor<48xf32>
  return %0 : tensor<48xf32>
}

// -----

// A row that is repeated is a vector load, a column one scalar load for each row.
// CHECK-LABEL: func.func private @add_add
// CHECK: scf.for
// CHECK: llvm.load {{.*}} : !llvm.ptr -> vector<16xf32>
// CHECK: llvm.load {{.*}} : !llvm.ptr -> vector<16xf32>
// CHECK: %[[S:.*]] = llvm.load {{.*}} : !llvm.ptr -> f32
// CHECK: vector.broadcast %[[S]] : f32 to vector<16xf32>
// CHECK-NOT: gather
// CHECK: return
func.func @broadcasts(%x: tensor<7x16xf32>, %row: tensor<16xf32>, %column: tensor<7xf32>) -> tensor<7x16xf32> {
  %0 = etch.broadcast_in_dim %row shape = [7, 16] dims = [1] : (tensor<16xf32>) -> tensor<7x16xf32>
  %1 = etch.broadcast_in_dim %column shape = [7, 16] dims = [0] : (tensor<7xf32>) -> tensor<7x16xf32>
  %2 = etch.add %x, %0 : tensor<7x16xf32>
  %3 = etch.add %2, %1 : tensor<7x16xf32>
  return %3 : tensor<7x16xf32>
}

// -----

// A transposed operand is read as it lies, sixteen rows by sixteen lanes at a time, and transposed in registers.
// CHECK-LABEL: func.func private @neg
// CHECK-NOT: gather
// CHECK: llvm.intr.masked.load {{.*}} -> vector<16xf32>
// CHECK: vector.shuffle
// CHECK: llvm.store {{.*}} : vector<16xf32>
// CHECK-NOT: gather
// CHECK: return
func.func @transposed_read(%x: tensor<40x33xf32>) -> tensor<33x40xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<40x33xf32>) -> tensor<33x40xf32>
  %1 = etch.neg %0 : tensor<33x40xf32>
  return %1 : tensor<33x40xf32>
}

// -----

// Elements that lie far apart are gathered.
// CHECK-LABEL: func.func private @neg
// CHECK: arith.constant dense<[0, 9, 18, {{.*}}]> : vector<16xi32>
// CHECK: llvm.intr.masked.gather
func.func @strided_read(%x: tensor<144xf32>) -> tensor<16xf32> {
  %0 = etch.slice %x starts = [0] limits = [144] strides = [9] : (tensor<144xf32>) -> tensor<16xf32>
  %1 = etch.neg %0 : tensor<16xf32>
  return %1 : tensor<16xf32>
}

// -----

// Every second one: two vectors as they lie, whose odd elements are left out.
// CHECK-LABEL: func.func private @neg
// CHECK-NOT: gather
// CHECK: %[[A:.*]] = llvm.load {{.*}} -> vector<16xf32>
// CHECK: %[[B:.*]] = llvm.load {{.*}} -> vector<16xf32>
// CHECK: vector.shuffle %[[A]], %[[B]] [0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31]
// CHECK: return
func.func @every_second(%x: tensor<32xf32>) -> tensor<16xf32> {
  %0 = etch.slice %x starts = [0] limits = [32] strides = [2] : (tensor<32xf32>) -> tensor<16xf32>
  %1 = etch.neg %0 : tensor<16xf32>
  return %1 : tensor<16xf32>
}

// -----

// Every third one: three vectors, of which the last ends with the last element.
// CHECK-LABEL: func.func private @neg
// CHECK-NOT: gather
// CHECK: %[[A:.*]] = llvm.load {{.*}} -> vector<16xf32>
// CHECK: %[[B:.*]] = llvm.load {{.*}} -> vector<16xf32>
// CHECK: arith.addi {{.*}}, %c30_i64
// CHECK: %[[C:.*]] = llvm.load {{.*}} -> vector<16xf32>
// CHECK: %[[AB:.*]] = vector.shuffle %[[A]], %[[B]] [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, {{.*}}]
// CHECK: vector.shuffle %[[AB]], %[[C]] [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31]
// CHECK: return
func.func @every_third(%x: tensor<48xf32>) -> tensor<16xf32> {
  %0 = etch.slice %x starts = [0] limits = [48] strides = [3] : (tensor<48xf32>) -> tensor<16xf32>
  %1 = etch.neg %0 : tensor<16xf32>
  return %1 : tensor<16xf32>
}

// -----

// Back to front they do: a vector is turned round, and so is the mask of the last one.
// CHECK-LABEL: func.func private @neg
// CHECK-NOT: gather
// CHECK: %[[V:.*]] = llvm.load {{.*}} -> vector<16xf32>
// CHECK: vector.shuffle %[[V]], %[[V]] [15, 14, {{.*}}, 1, 0]
// CHECK: vector.shuffle {{.*}} [15, 14, {{.*}}, 1, 0] : vector<16xi1>
// CHECK: llvm.intr.masked.load
// CHECK: vector.shuffle {{.*}} [15, 14, {{.*}}, 1, 0] : vector<16xf32>
// CHECK-NOT: gather
// CHECK: return
func.func @reversed_read(%x: tensor<20xf32>) -> tensor<20xf32> {
  %0 = etch.reverse %x axes = [0] : (tensor<20xf32>) -> tensor<20xf32>
  %1 = etch.neg %0 : tensor<20xf32>
  return %1 : tensor<20xf32>
}

// -----

// A border keeps loads inside by a mask: what it leaves out is the border's.
// CHECK-LABEL: func.func private @pad
// CHECK-NOT: gather
// CHECK: %[[INSIDE:.*]] = arith.xori {{.*}} : vector<16xi1>
// CHECK: %[[X:.*]] = llvm.intr.masked.load %{{.*}}, %[[INSIDE]]
// CHECK: arith.select %[[INSIDE]], %[[X]]
// CHECK-NOT: gather
// CHECK: return
func.func @border(%x: tensor<3x27xf32>, %v: tensor<f32>) -> tensor<3x32xf32> {
  %0 = etch.pad %x, %v low = [0, 2] high = [0, 3] interior = [0, 0] : (tensor<3x27xf32>, tensor<f32>) -> tensor<3x32xf32>
  return %0 : tensor<3x32xf32>
}

// -----

// bool is a byte in memory, a bit in registers.
// CHECK-LABEL: func.func private @logical_and
// CHECK: llvm.load {{.*}} : !llvm.ptr -> vector<16xi8>
// CHECK: arith.cmpi ne, {{.*}} : vector<16xi8>
// CHECK: arith.andi {{.*}} : vector<16xi1>
// CHECK: arith.extui {{.*}} : vector<16xi1> to vector<16xi8>
// CHECK: llvm.store {{.*}} : vector<16xi8>
func.func @bools(%a: tensor<16xi1>, %b: tensor<16xi1>) -> tensor<16xi1> {
  %0 = etch.logical_and %a, %b : tensor<16xi1>
  return %0 : tensor<16xi1>
}

// -----

// Shared out in whole vectors: nothing to mask either, whichever part a thread gets.
// CHECK-LABEL: func.func private @neg
// CHECK: scf.for
// CHECK-NOT: masked
// CHECK-NOT: scf.for
// CHECK: return
func.func @whole_vectors_in_parts(%a: tensor<1048576xf32>) -> tensor<1048576xf32> {
  %0 = etch.neg %a : tensor<1048576xf32>
  return %0 : tensor<1048576xf32>
}

// -----

// No elements, no code: neither loads nor stores.
// CHECK-LABEL: func.func private @neg
// CHECK-NOT: vector<
// CHECK: return
func.func @empty(%a: tensor<3x0xf32>) -> tensor<3x0xf32> {
  %0 = etch.neg %a : tensor<3x0xf32>
  return %0 : tensor<3x0xf32>
}

// -----

// The border of an empty tensor: the border alone, known or not; where the extent is unknown, loads are diverted.
// CHECK-LABEL: func.func private @neg
// CHECK-NOT: gather
// CHECK: return
func.func @border_of_nothing(%a: tensor<0xf32>, %v: tensor<f32>) -> tensor<16xf32> {
  %0 = etch.pad %a, %v low = [16] high = [0] interior = [0] : (tensor<0xf32>, tensor<f32>) -> tensor<16xf32>
  %1 = etch.neg %0 : tensor<16xf32>
  return %1 : tensor<16xf32>
}

// -----

// CHECK-LABEL: func.func private @neg
// CHECK: %[[SPARE:.*]] = llvm.alloca
// CHECK: %[[SOME:.*]] = arith.cmpi sgt, %{{.*}}, %c0_i64
// CHECK: arith.select %[[SOME]], %{{.*}}, %[[SPARE]] : !llvm.ptr
func.func @border_of_perhaps_nothing(%a: tensor<?xf32>, %v: tensor<f32>) -> tensor<?xf32> {
  %0 = etch.pad %a, %v low = [16] high = [0] interior = [0] : (tensor<?xf32>, tensor<f32>) -> tensor<?xf32>
  %1 = etch.neg %0 : tensor<?xf32>
  return %1 : tensor<?xf32>
}

// -----

// Bytes fill registers; what is left of a row is vectors of sixteen.
// CHECK-LABEL: func.func private @maximum
// CHECK: llvm.load {{.*}} -> vector<64xi8>
// CHECK: arith.maxui {{.*}} : vector<64xi8>
// CHECK: llvm.store {{.*}} : vector<64xi8>
// CHECK: llvm.intr.masked.store {{.*}} : vector<16xi8>
// CHECK: return
func.func @rows_of_bytes(%x: tensor<30x200xui8>) -> tensor<30x199xui8> {
  %0 = etch.slice %x starts = [0, 0] limits = [30, 199] strides = [1, 1] : (tensor<30x200xui8>) -> tensor<30x199xui8>
  %1 = etch.slice %x starts = [0, 1] limits = [30, 200] strides = [1, 1] : (tensor<30x200xui8>) -> tensor<30x199xui8>
  %2 = etch.maximum %0, %1 : tensor<30x199xui8>
  return %2 : tensor<30x199xui8>
}

// -----

// With numbers of more bits beside them they do not.
// CHECK-LABEL: func.func private @cast_mul
// CHECK-NOT: vector<64x
// CHECK: return
func.func @bytes_and_numbers(%x: tensor<300xui8>, %y: tensor<300xf32>) -> tensor<300xf32> {
  %0 = etch.cast %x {dtype = f32} : (tensor<300xui8>) -> tensor<300xf32>
  %1 = etch.mul %0, %y : tensor<300xf32>
  return %1 : tensor<300xf32>
}

// -----

// Numbers become bytes behind two selections: what is not greater than 0, or is no number, is 0.
// CHECK-LABEL: func.func private @cast
// CHECK: %[[IS:.*]] = arith.cmpf ogt, %[[X:[^,]*]], %[[ZERO:.*]] : vector<16xf32>
// CHECK: %[[P:.*]] = arith.select %[[IS]], %[[X]], %[[ZERO]]
// CHECK: %[[LESS:.*]] = arith.cmpf olt, %[[P]], %[[MOST:.*]] : vector<16xf32>
// CHECK: %[[L:.*]] = arith.select %[[LESS]], %[[P]], %[[MOST]]
// CHECK: %[[I:.*]] = arith.fptosi %[[L]] : vector<16xf32> to vector<16xi32>
// CHECK: arith.trunci %[[I]] : vector<16xi32> to vector<16xi8>
// CHECK: return
func.func @to_bytes(%x: tensor<320xf32>) -> tensor<320xui8> {
  %0 = etch.cast %x {dtype = ui8} : (tensor<320xf32>) -> tensor<320xui8>
  return %0 : tensor<320xui8>
}
