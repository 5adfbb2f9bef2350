// Rows put together from short pieces: each piece is as many vectors as it takes, and nothing is masked or called.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Rows of 5 and of 9 elements: four, and four that reach back over three; eight, and eight that reach back over seven.
// CHECK-LABEL: func.func private @concatenate
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK: llvm.load {{.*}} -> vector<4xf32>
// CHECK: llvm.store {{.*}} : vector<4xf32>
// CHECK: llvm.load {{.*}} -> vector<4xf32>
// CHECK: llvm.store {{.*}} : vector<4xf32>
// CHECK: llvm.load {{.*}} -> vector<8xf32>
// CHECK: llvm.store {{.*}} : vector<8xf32>
// CHECK: llvm.load {{.*}} -> vector<8xf32>
// CHECK: llvm.store {{.*}} : vector<8xf32>
// CHECK-NOT: masked
// CHECK-NOT: memcpy
// CHECK: return
func.func @columns(%a: tensor<40x5xf32>, %b: tensor<40x9xf32>) -> tensor<40x14xf32> {
  %0 = etch.concatenate %a, %b axis = 1 : (tensor<40x5xf32>, tensor<40x9xf32>) -> tensor<40x14xf32>
  return %0 : tensor<40x14xf32>
}

// -----

// A border is a number; what is sliced is read where it lies.
// CHECK-LABEL: func.func private @pad
// CHECK: scf.for
// CHECK: %[[BORDER:.*]] = vector.broadcast {{.*}} : f32 to vector<1xf32>
// CHECK: llvm.store %[[BORDER]]
// CHECK: llvm.load {{.*}} -> vector<2xf32>
// CHECK: llvm.store {{.*}} : vector<2xf32>
// CHECK: vector.broadcast {{.*}} : f32 to vector<2xf32>
// CHECK: llvm.store {{.*}} : vector<2xf32>
// CHECK-NOT: llvm.store
// CHECK: return
func.func @borders(%x: tensor<1000x3xf32>) -> tensor<1000x5xf32> {
  %0 = etch.slice %x starts = [0, 1] limits = [1000, 3] strides = [1, 1] : (tensor<1000x3xf32>) -> tensor<1000x2xf32>
  %1 = etch.constant dense<1.0> : tensor<f32>
  %2 = etch.pad %0, %1 low = [0, 1] high = [0, 2] interior = [0, 0] : (tensor<1000x2xf32>, tensor<f32>) -> tensor<1000x5xf32>
  return %2 : tensor<1000x5xf32>
}

// -----

// Each element three times.
// CHECK-LABEL: func.func private @broadcast_in_dim
// CHECK: scf.for
// CHECK: %[[X:.*]] = llvm.load {{.*}} -> f32
// CHECK: %[[TWICE:.*]] = vector.broadcast %[[X]] : f32 to vector<2xf32>
// CHECK-COUNT-2: llvm.store %[[TWICE]]
// CHECK: return
func.func @repeated(%x: tensor<100x20xf32>) -> tensor<100x20x3xf32> {
  %0 = etch.broadcast_in_dim %x shape = [100, 20, 3] dims = [0, 1] : (tensor<100x20xf32>) -> tensor<100x20x3xf32>
  return %0 : tensor<100x20x3xf32>
}
