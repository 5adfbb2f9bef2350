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

// -----

// Five rows of three elements share a vector and take two steps, each within its row; what is behind them is not stored.
// CHECK-LABEL: func.func private @cumsum
// CHECK-SAME: etch.trips = 1000
// CHECK: scf.for {{.*}} step %c5_i64
// CHECK: llvm.intr.masked.load
// CHECK: vector.shuffle {{.*}} [0, 16, 17, 3, 19, 20, 6, 22, 23, 9, 25, 26, 12, 28, 29, 15]
// CHECK: vector.shuffle {{.*}} [0, 1, 16, 3, 4, 19, 6, 7, 22, 9, 10, 25, 12, 13, 28, 15]
// CHECK-NOT: vector.shuffle
// CHECK: llvm.intr.masked.store
// CHECK: scf.for {{.*}} step %c5_i64
// CHECK: return
func.func @short_rows(%x: tensor<1000x3xf32>) -> tensor<1000x3xf32> {
  %0 = etch.cumsum %x axis = 1 exclusive = 0 reverse = 0 : (tensor<1000x3xf32>) -> tensor<1000x3xf32>
  return %0 : tensor<1000x3xf32>
}

// -----

// Running results of two columns stay in a register of two lanes.
// CHECK-LABEL: func.func private @cumsum
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<2xf32>)
// CHECK: llvm.load {{.*}} -> vector<2xf32>
// CHECK-NEXT: arith.addf
// CHECK: llvm.store {{.*}} : vector<2xf32>
// CHECK-NEXT: scf.yield
// CHECK: return
func.func @few_columns(%x: tensor<1000x2xf32>) -> tensor<1000x2xf32> {
  %0 = etch.cumsum %x axis = 0 exclusive = 0 reverse = 0 : (tensor<1000x2xf32>) -> tensor<1000x2xf32>
  return %0 : tensor<1000x2xf32>
}
