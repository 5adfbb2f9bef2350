// Elements of a table of one axis are picked where their indices are computed.
// RUN: etch-opt %s --etch-form-kernels --split-input-file | FileCheck %s

// The table is a view that is made behind the indices: their kernel moves.
// CHECK-LABEL: func.func @one_kernel
// CHECK-NEXT: etch.reshape
// CHECK-NEXT: etch.launch
// CHECK-NEXT: return
// CHECK: func.func private
// CHECK: etch.floor
// CHECK: etch.sub
// CHECK: etch.cast
// CHECK: etch.take
// CHECK: etch.mul
func.func @one_kernel(%t: tensor<32x64xf32>, %x: tensor<10x100xf32>) -> tensor<10x100xf32> {
  %b = etch.floor %x : tensor<10x100xf32>
  %f = etch.sub %x, %b : tensor<10x100xf32>
  %i = etch.cast %b {dtype = i32} : (tensor<10x100xf32>) -> tensor<10x100xi32>
  %v = etch.reshape %t shape = [2048] : (tensor<32x64xf32>) -> tensor<2048xf32>
  %0 = etch.take %v, %i axis = 0 : (tensor<2048xf32>, tensor<10x100xi32>) -> tensor<10x100xf32>
  %1 = etch.mul %0, %f : tensor<10x100xf32>
  return %1 : tensor<10x100xf32>
}

// -----

// Nothing is computed of what is picked.
// CHECK-LABEL: func.func @last
// CHECK-NEXT: etch.launch
// CHECK-NEXT: return
func.func @last(%t: tensor<256xf32>, %x: tensor<1000xui8>) -> tensor<1000xf32> {
  %i = etch.cast %x {dtype = i32} : (tensor<1000xui8>) -> tensor<1000xi32>
  %0 = etch.take %t, %i axis = 0 : (tensor<256xf32>, tensor<1000xi32>) -> tensor<1000xf32>
  return %0 : tensor<1000xf32>
}

// -----

// CHECK-LABEL: func.func @folded
// CHECK-NEXT: etch.launch
// CHECK-NEXT: return
// CHECK: attributes {etch.kernel = "reduce"}
func.func @folded(%t: tensor<?xf32>, %x: tensor<?x1000xf32>) -> tensor<?xf32> {
  %i = etch.cast %x {dtype = i32} : (tensor<?x1000xf32>) -> tensor<?x1000xi32>
  %0 = etch.take %t, %i axis = 0 : (tensor<?xf32>, tensor<?x1000xi32>) -> tensor<?x1000xf32>
  %1 = etch.reduce_sum %0 axes = [1] : (tensor<?x1000xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}

// -----

// A table that the same kernel would make must be whole before anything is picked from it.
// CHECK-LABEL: func.func @own_table
// CHECK-NEXT: etch.launch
// CHECK-NEXT: etch.launch
// CHECK-NEXT: return
func.func @own_table(%x: tensor<2048xf32>) -> tensor<2048xf32> {
  %f = etch.sqrt %x : tensor<2048xf32>
  %i = etch.cast %f {dtype = i32} : (tensor<2048xf32>) -> tensor<2048xi32>
  %0 = etch.take %f, %i axis = 0 : (tensor<2048xf32>, tensor<2048xi32>) -> tensor<2048xf32>
  %1 = etch.mul %0, %f : tensor<2048xf32>
  return %1 : tensor<2048xf32>
}

// -----

// Rows are picked by indices in memory: computing one for each element of a row would be waste.
// CHECK-LABEL: func.func @rows
// CHECK-NEXT: etch.launch
// CHECK-NEXT: etch.launch
// CHECK-NEXT: return
func.func @rows(%t: tensor<256x64xf32>, %x: tensor<1000xf32>) -> tensor<1000x64xf32> {
  %i = etch.cast %x {dtype = i32} : (tensor<1000xf32>) -> tensor<1000xi32>
  %0 = etch.take %t, %i axis = 0 : (tensor<256x64xf32>, tensor<1000xi32>) -> tensor<1000x64xf32>
  return %0 : tensor<1000x64xf32>
}
