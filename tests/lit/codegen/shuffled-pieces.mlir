// Rows of few elements from rows of few: whole vectors of sixteen rows, shuffled; rows that are left over go one by one.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Each vector of the result is made of one vector.
// CHECK-LABEL: func.func private @concatenate
// CHECK: scf.for {{.*}} step %c16_i64
// CHECK-COUNT-2: llvm.load {{.*}} -> vector<16xf32>
// CHECK-NOT: llvm.load
// CHECK: vector.shuffle {{.*}} [1, 0, 3, 2, 5, 4, {{.*}}] : vector<16xf32>, vector<16xf32>
// CHECK: llvm.store {{.*}} : vector<16xf32>
// CHECK: vector.shuffle
// CHECK: llvm.store {{.*}} : vector<16xf32>
// CHECK: scf.for {{.*}} step %c1_i64
// CHECK-NOT: masked
// CHECK: return
func.func @exchanged(%x: tensor<10000x2xf32>) -> tensor<10000x2xf32> {
  %0 = etch.slice %x starts = [0, 1] limits = [10000, 2] strides = [1, 1] : (tensor<10000x2xf32>) -> tensor<10000x1xf32>
  %1 = etch.slice %x starts = [0, 0] limits = [10000, 1] strides = [1, 1] : (tensor<10000x2xf32>) -> tensor<10000x1xf32>
  %2 = etch.concatenate %0, %1 axis = 1 : (tensor<10000x1xf32>, tensor<10000x1xf32>) -> tensor<10000x2xf32>
  return %2 : tensor<10000x2xf32>
}

// -----

// Columns back to front, of eight-byte elements.
// CHECK-LABEL: func.func private @reverse
// CHECK: scf.for {{.*}} step %c8_i64
// CHECK-COUNT-3: llvm.load {{.*}} -> vector<8xf64>
// CHECK: vector.shuffle
// CHECK: llvm.store {{.*}} : vector<8xf64>
// CHECK: return
func.func @mirrored(%x: tensor<10000x3xf64>) -> tensor<10000x3xf64> {
  %0 = etch.reverse %x axes = [1] : (tensor<10000x3xf64>) -> tensor<10000x3xf64>
  return %0 : tensor<10000x3xf64>
}

// -----

// What a result in memory takes is stored past the caches where the processor gains by it, and lines are whole.
// CHECK-LABEL: func.func private @concatenate
// CHECK-COUNT-5: llvm.store {{.*}} {alignment = 64 : i64, nontemporal} : vector<16xf32>
// CHECK: return
module attributes {etch.vector_unit = "512x32+fma+streams"} {
  func.func @beside(%x: tensor<1048576x2xf32>, %y: tensor<1048576x3xf32>) -> tensor<1048576x5xf32> {
    %0 = etch.concatenate %x, %y axis = 1 : (tensor<1048576x2xf32>, tensor<1048576x3xf32>) -> tensor<1048576x5xf32>
    return %0 : tensor<1048576x5xf32>
  }
}

// -----

// Narrow registers take several instructions for what wide ones take one: pieces are copied.
// CHECK-LABEL: func.func private @concatenate
// CHECK-NOT: vector.shuffle
// CHECK: return
module attributes {etch.vector_unit = "128x16"} {
  func.func @narrow(%x: tensor<1048576x2xf32>, %y: tensor<1048576x3xf32>) -> tensor<1048576x5xf32> {
    %0 = etch.concatenate %x, %y axis = 1 : (tensor<1048576x2xf32>, tensor<1048576x3xf32>) -> tensor<1048576x5xf32>
    return %0 : tensor<1048576x5xf32>
  }
}
