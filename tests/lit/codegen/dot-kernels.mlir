// Contractions call one generated routine a dtype with extents and strides: (m, n, k, aRow, aDepth, bDepth, bColumn, cRow).
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s
// RUN: etch-opt %s --stop-after=kernels --strict --split-input-file | FileCheck %s --check-prefix=STRICT

// CHECK-LABEL: func.func private @dot_general
// CHECK: call @etch_shared_gemm_f32_x2(%{{.*}}, %{{.*}}, %{{.*}}, %c40_i64, %c20_i64, %c33_i64, %c33_i64, %c1_i64, %c20_i64, %c1_i64, %c20_i64, %
// CHECK: func.func private @etch_shared_gemm_f32_x2
// CHECK: math.fma {{.*}} : vector<16xf32>
// Rounded after the multiplication, as eager ops do under the strict policy.
// STRICT: func.func private @etch_shared_gemm_f32_x2_strict
// STRICT-NOT: math.fma
// STRICT: arith.mulf {{.*}} : vector<16xf32>
// STRICT: arith.addf {{.*}} : vector<16xf32>
func.func @matmul(%x: tensor<40x33xf32>, %y: tensor<33x20xf32>) -> tensor<40x20xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<40x33xf32>, tensor<33x20xf32>) -> tensor<40x20xf32>
  return %0 : tensor<40x20xf32>
}

// -----

// Transposed operands are other strides, not other code.
// CHECK-LABEL: func.func private @dot_general
// CHECK: call @etch_shared_gemm_f32_x2(%{{.*}}, %{{.*}}, %{{.*}}, %c40_i64, %c20_i64, %c33_i64, %c1_i64, %c40_i64, %c1_i64, %c33_i64, %c20_i64, %
func.func @transposed(%x: tensor<33x40xf32>, %y: tensor<20x33xf32>) -> tensor<40x20xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<33x40xf32>) -> tensor<40x33xf32>
  %1 = etch.transpose %y permutation = [1, 0] : (tensor<20x33xf32>) -> tensor<33x20xf32>
  %2 = etch.dot_general %0, %1 batch = [] x [] contract = [1] x [0] : (tensor<40x33xf32>, tensor<33x20xf32>) -> tensor<40x20xf32>
  return %2 : tensor<40x20xf32>
}

// -----

// Up to sixteen columns take one vector a row; batches are a loop around.
// CHECK-LABEL: func.func private @dot_general
// CHECK: scf.for
// CHECK: call @etch_shared_gemm_f64_x1
func.func @batched(%x: tensor<6x4x3xf64>, %y: tensor<6x3x5xf64>) -> tensor<6x4x5xf64> {
  %0 = etch.dot_general %x, %y batch = [0] x [0] contract = [2] x [1] : (tensor<6x4x3xf64>, tensor<6x3x5xf64>) -> tensor<6x4x5xf64>
  return %0 : tensor<6x4x5xf64>
}
