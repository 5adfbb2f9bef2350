// bf16 is i16 in memory and f32 in registers: ops are those of f32, their results rounded by integer arithmetic.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s
// RUN: etch-opt %s --stop-after=kernels --strict --split-input-file | FileCheck %s
// No machine's own conversion, which may flush subnormals.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s --check-prefix=NONE
// NONE-NOT: arith.truncf {{.*}}bf16
// NONE-NOT: vector<{{.*}}xbf16>

// Each result is rounded; what gives an operand back (relu) is not.
// CHECK-LABEL: func.func private @mul_add_relu
// CHECK: %[[X:.*]] = llvm.load {{.*}} -> vector<16xi16>
// CHECK: %[[WIDE:.*]] = arith.extui %[[X]] : vector<16xi16> to vector<16xi32>
// CHECK: %[[HIGH:.*]] = arith.shli %[[WIDE]]
// CHECK: arith.bitcast %[[HIGH]] : vector<16xi32> to vector<16xf32>
// CHECK: %[[PRODUCT:.*]] = arith.mulf {{.*}} : vector<16xf32>
// CHECK: arith.bitcast %[[PRODUCT]] : vector<16xf32> to vector<16xi32>
// CHECK: arith.andi
// CHECK: %[[ROUNDED:.*]] = arith.bitcast {{.*}} : vector<16xi32> to vector<16xf32>
// CHECK: %[[SUM:.*]] = arith.addf %[[ROUNDED]], {{.*}} : vector<16xf32>
// CHECK: arith.bitcast %[[SUM]] : vector<16xf32> to vector<16xi32>
// CHECK: arith.cmpf ugt
// CHECK: %[[RELU:.*]] = arith.select
// CHECK-NEXT: %[[BITS:.*]] = arith.bitcast %[[RELU]] : vector<16xf32> to vector<16xi32>
// CHECK: arith.trunci {{.*}} : vector<16xi32> to vector<16xi16>
// CHECK: llvm.store {{.*}} : vector<16xi16>
func.func @f(%x: tensor<48xbf16>, %y: tensor<48xbf16>) -> tensor<48xbf16> {
  %0 = etch.mul %x, %y : tensor<48xbf16>
  %1 = etch.add %0, %y : tensor<48xbf16>
  %2 = etch.relu %1 : tensor<48xbf16>
  return %2 : tensor<48xbf16>
}

// -----

// Sums are in f32 and rounded at the end.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT: arith.andi {{.*}} : vector<16xi32>
// CHECK: vector.extract
// CHECK: arith.cmpf uno
// CHECK: llvm.store {{.*}} : i16
func.func @sum(%x: tensor<7x16xbf16>) -> tensor<7xbf16> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<7x16xbf16>) -> tensor<7xbf16>
  return %0 : tensor<7xbf16>
}

// -----

// Once from f64 and i64, not by way of f32.
// CHECK-LABEL: func.func private @cast
// CHECK: arith.andi {{.*}} : vector<16xi64>
// CHECK: arith.truncf {{.*}} : vector<16xf64> to vector<16xf32>
func.func @cast(%x: tensor<48xf64>) -> tensor<48xbf16> {
  %0 = etch.cast %x {dtype = bf16} : (tensor<48xf64>) -> tensor<48xbf16>
  return %0 : tensor<48xbf16>
}

// -----

// Products: widened while they are packed, sums in f32.
// CHECK-LABEL: func.func private @dot_general
// CHECK: call @etch_shared_gemm_bf16
// CHECK: func.func private @etch_shared_gemm_bf16{{(_strict)?}}.pack
// CHECK: arith.shli {{.*}} : vector<16xi32>
func.func @dot(%x: tensor<40x33xbf16>, %y: tensor<33x20xbf16>) -> tensor<40x20xbf16> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<40x33xbf16>, tensor<33x20xbf16>) -> tensor<40x20xbf16>
  return %0 : tensor<40x20xbf16>
}
