// Running results: in registers along the last axis, a column a lane along others, in order for recurrences.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Four steps in a vector, then what came before; the last lane goes on.
// CHECK-LABEL: func.func private @cumsum
// CHECK: scf.for {{.*}} iter_args
// CHECK: llvm.load {{.*}} -> vector<16xf32>
// CHECK-COUNT-4: vector.shuffle {{.*}}
// CHECK: arith.addf
// CHECK: vector.shuffle {{.*}} [15, 15, 15
// CHECK: llvm.store {{.*}} : vector<16xf32>
// CHECK: return
func.func @last_axis(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %0 = etch.cumsum %x axis = 1 exclusive = 0 reverse = 0 : (tensor<4x64xf32>) -> tensor<4x64xf32>
  return %0 : tensor<4x64xf32>
}

// -----

// Rows are passed over as they lie: no shuffles, no gathers.
// CHECK-LABEL: func.func private @cummax
// CHECK: llvm.alloca
// CHECK-NOT: shuffle
// CHECK-NOT: gather
// CHECK: arith.maximumf {{.*}} : vector<16xf32>
// CHECK: return
func.func @outer_axis(%x: tensor<40x64xf32>) -> tensor<40x64xf32> {
  %0 = etch.cummax %x axis = 0 reverse = 0 : (tensor<40x64xf32>) -> tensor<40x64xf32>
  return %0 : tensor<40x64xf32>
}

// -----

// CHECK-LABEL: func.func private @linear_scan
// CHECK: scf.for {{.*}} iter_args
// CHECK: arith.mulf {{.*}} : f32
// CHECK: arith.addf {{.*}} : f32
// CHECK: return
func.func @recurrence(%a: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<64xf32> {
  %0 = etch.linear_scan %a, %b axis = 0 reverse = 0 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %0 : tensor<64xf32>
}
