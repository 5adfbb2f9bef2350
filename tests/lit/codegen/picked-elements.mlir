// Positions of 32 bits, limits only where an index may be outside, and loads instead of a gather where those are faster.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// CHECK-LABEL: func.func private @take
// CHECK: %[[INDEX:.*]] = arith.extui {{.*}} : vector<16xi8> to vector<16xi32>
// CHECK-NOT: minsi
// CHECK: llvm.getelementptr {{.*}}[%[[INDEX]]] : (!llvm.ptr, vector<16xi32>) -> vector<16x!llvm.ptr>, f32
// CHECK: llvm.intr.masked.gather
func.func @bytes(%t: tensor<256xf32>, %x: tensor<1024xui8>) -> tensor<1024xf32> {
  %i = etch.cast %x {dtype = i32} : (tensor<1024xui8>) -> tensor<1024xi32>
  %0 = etch.take %t, %i axis = 0 : (tensor<256xf32>, tensor<1024xi32>) -> tensor<1024xf32>
  return %0 : tensor<1024xf32>
}

// -----

// CHECK-LABEL: func.func private @take
// CHECK: arith.minsi {{.*}} : vector<16xi32>
// CHECK: arith.maxsi {{.*}} : vector<16xi32>
// CHECK: arith.trunci {{.*}} : vector<16xi64> to vector<16xi32>
// CHECK: llvm.intr.masked.gather
func.func @columns(%t: tensor<30x255xf32>, %i: tensor<1024xi32>) -> tensor<30x1024xf32> {
  %0 = etch.take %t, %i axis = 1 : (tensor<30x255xf32>, tensor<1024xi32>) -> tensor<30x1024xf32>
  return %0 : tensor<30x1024xf32>
}

// -----

// Of unknown extents 64 bits.
// CHECK-LABEL: func.func private @take
// CHECK: llvm.getelementptr {{.*}} : (!llvm.ptr, vector<16xi64>) -> vector<16x!llvm.ptr>, f32
func.func @unknown(%t: tensor<?xf32>, %i: tensor<1024xi32>) -> tensor<1024xf32> {
  %0 = etch.take %t, %i axis = 0 : (tensor<?xf32>, tensor<1024xi32>) -> tensor<1024xf32>
  return %0 : tensor<1024xf32>
}

// -----

module attributes {etch.vector_unit = "512x32+fma+halves"} {
// CHECK-LABEL: func.func private @take
// CHECK: llvm.bitcast {{.*}} : vector<16xi32> to vector<8xi64>
// CHECK-COUNT-16: llvm.load {{.*}} -> f32
// CHECK-NOT: gather
// CHECK: return
func.func @loads(%t: tensor<300xf32>, %i: tensor<1024xi32>) -> tensor<1024xf32> {
  %0 = etch.take %t, %i axis = 0 : (tensor<300xf32>, tensor<1024xi32>) -> tensor<1024xf32>
  return %0 : tensor<1024xf32>
}
}
