// A row is passed over several times; what a pass leaves to later ones is dear to compute again, or is not kept.
// RUN: etch-opt %s --stop-after=kernels --strict --split-input-file | FileCheck %s
// RUN: etch-opt %s --stop-after=kernels --strict --split-input-file | FileCheck %s --check-prefix=AHEAD
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s --check-prefix=STANDARD

// Exponentials wait in the row of the result, which the last pass overwrites: one exponential.
// CHECK-LABEL: func.func private @reduce_max_sub_exp_reduce_sum_etc
// CHECK: %[[X:.*]] = llvm.load {{.*}} invariant
// CHECK: %[[Y:.*]] = llvm.load {{.*}} invariant
// CHECK: scf.for
// CHECK: arith.maximumf
// CHECK: %[[MAX:.*]] = vector.extract
// A zero is +0.
// CHECK: %[[TOP:.*]] = arith.addf %[[MAX]]
// CHECK: scf.for
// CHECK: vector.broadcast %[[TOP]]
// CHECK: math.fma
// CHECK: %[[AT:.*]] = llvm.getelementptr %[[Y]]
// CHECK-NEXT: llvm.store %{{.*}}, %[[AT]]
// CHECK: %[[SUM:.*]] = vector.extract
// CHECK: scf.for
// CHECK-NOT: math.fma
// CHECK: %[[AT2:.*]] = llvm.getelementptr %[[Y]]
// CHECK-NEXT: %[[E:.*]] = llvm.load %[[AT2]]
// CHECK: arith.extf %[[SUM]]
// CHECK: llvm.store {{.*}} vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: return
// The second pass asks memory for what the first will read two rows on.
// AHEAD-LABEL: func.func private @reduce_max_sub_exp_reduce_sum_etc
// AHEAD: %[[X:.*]] = llvm.load {{.*}} invariant
// AHEAD: arith.maximumf
// AHEAD: %[[FAR:.*]] = arith.addi %{{.*}}, %c2048
// AHEAD: %[[AT:.*]] = llvm.getelementptr %[[X]][%[[FAR]]]
// AHEAD: %[[LINE:.*]] = llvm.getelementptr %[[AT]][%c0_i64]
// AHEAD: "llvm.intr.prefetch"(%[[LINE]]) <{cache = 1 : i32, hint = 3 : i32, rw = 0 : i32}>
// AHEAD-NOT: prefetch
// AHEAD: return
func.func @softmax(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  %0 = etch.reduce_max %x axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %1 = etch.broadcast_in_dim %0 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %2 = etch.sub %x, %1 : tensor<64x1024xf32>
  %3 = etch.exp %2 : tensor<64x1024xf32>
  %4 = etch.reduce_sum %3 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %5 = etch.broadcast_in_dim %4 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %6 = etch.div %3, %5 : tensor<64x1024xf32>
  return %6 : tensor<64x1024xf32>
}

// -----

// x - max is computed again, which is cheaper than to keep it; nothing is stored before the last pass.
// CHECK-LABEL: func.func private @reduce_max_sub_square_reduce_sum_etc
// CHECK: arith.maximumf
// CHECK-NOT: llvm.store
// CHECK: arith.subf
// CHECK-NOT: llvm.store
// CHECK: vector<8xf32>
// CHECK: arith.subf
// CHECK: arith.truncf
// CHECK: llvm.store
// CHECK: return
func.func @cheap(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  %0 = etch.reduce_max %x axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %1 = etch.broadcast_in_dim %0 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %2 = etch.sub %x, %1 : tensor<64x1024xf32>
  %3 = etch.square %2 : tensor<64x1024xf32>
  %4 = etch.reduce_sum %3 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %5 = etch.broadcast_in_dim %4 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %6 = etch.div %2, %5 : tensor<64x1024xf32>
  return %6 : tensor<64x1024xf32>
}

// -----

// No result to keep the exponentials in: a row on the stack, allocated once.
// CHECK-LABEL: func.func private @exp_reduce_sum_mul_reduce_sum
// CHECK: llvm.alloca %{{.*}} x i8 {alignment = 64
// CHECK-NOT: llvm.alloca
// CHECK: scf.for
// CHECK: return
func.func @on_the_stack(%x: tensor<64x1024xf32>) -> tensor<64xf32> {
  %0 = etch.exp %x : tensor<64x1024xf32>
  %1 = etch.reduce_sum %0 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %2 = etch.broadcast_in_dim %1 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %3 = etch.mul %0, %2 : tensor<64x1024xf32>
  %4 = etch.reduce_sum %3 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  return %4 : tensor<64xf32>
}

// -----

// Four vectors of partial sums, side by side where the body is short, and e meets e + 32 first.
// CHECK-LABEL: func.func private @reduce_sum
// CHECK: %[[P:.*]]:4 = scf.for {{.*}} step %c64
// CHECK: scf.yield
// CHECK: %[[L:.*]] = arith.addf %[[P]]#0, %[[P]]#2 : vector<16xf32>
// CHECK: %[[H:.*]] = arith.addf %[[P]]#1, %[[P]]#3 : vector<16xf32>
// CHECK: arith.addf %[[L]], %[[H]] : vector<16xf32>
func.func @partials(%x: tensor<64x1024xf32>) -> tensor<64xf32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  return %0 : tensor<64xf32>
}

// -----

// A division by one number for the whole row is a product in f64, rounded to the same f32. Under policy standard it is a
// product in f32 and a correction. f64 itself and rows of two vectors are divided.
// CHECK-LABEL: func.func private @reduce_sum_div
// CHECK: %[[W:.*]] = arith.extf %{{.*}} : f32 to f64
// CHECK: %[[R:.*]] = arith.divf %{{.*}}, %[[W]] : f64
// CHECK: %[[RS:.*]] = vector.broadcast %[[R]] : f64 to vector<16xf64>
// CHECK: %[[X:.*]] = arith.extf %{{.*}} : vector<16xf32> to vector<16xf64>
// CHECK: %[[P:.*]] = arith.mulf %[[X]], %[[RS]] : vector<16xf64>
// CHECK: %[[Q:.*]] = arith.truncf %[[P]] : vector<16xf64> to vector<16xf32>
// CHECK: llvm.store %[[Q]]
// STANDARD-LABEL: func.func private @reduce_sum_div(
// STANDARD: arith.divf %{{.*}} : f32
// STANDARD-NOT: vector<16xf64>
// STANDARD: %[[SCALED:.*]] = arith.mulf %{{.*}}, %{{.*}} : vector<16xf32>
// STANDARD: %[[Q:.*]] = arith.mulf %[[SCALED]], %{{.*}} : vector<16xf32>
// STANDARD: math.fma %[[Q]], %{{.*}}, %{{.*}} : vector<16xf32>
// STANDARD: math.fma %{{.*}}, %{{.*}}, %[[Q]] : vector<16xf32>
// STANDARD: return
func.func @divided(%x: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<64x48xf32>) -> tensor<64xf32>
  %1 = etch.broadcast_in_dim %0 shape = [64, 48] dims = [0] : (tensor<64xf32>) -> tensor<64x48xf32>
  %2 = etch.div %x, %1 : tensor<64x48xf32>
  return %2 : tensor<64x48xf32>
}

// -----

// CHECK-LABEL: func.func private @reduce_sum_div
// CHECK: arith.divf {{.*}} : vector<16xf32>
func.func @divided_short(%x: tensor<64x32xf32>) -> tensor<64x32xf32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<64x32xf32>) -> tensor<64xf32>
  %1 = etch.broadcast_in_dim %0 shape = [64, 32] dims = [0] : (tensor<64xf32>) -> tensor<64x32xf32>
  %2 = etch.div %x, %1 : tensor<64x32xf32>
  return %2 : tensor<64x32xf32>
}

// -----

// CHECK-LABEL: func.func private @reduce_sum_div
// CHECK: arith.divf {{.*}} : vector<16xf64>
func.func @divided_f64(%x: tensor<64x16xf64>) -> tensor<64x16xf64> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<64x16xf64>) -> tensor<64xf64>
  %1 = etch.broadcast_in_dim %0 shape = [64, 16] dims = [0] : (tensor<64xf64>) -> tensor<64x16xf64>
  %2 = etch.div %x, %1 : tensor<64x16xf64>
  return %2 : tensor<64x16xf64>
}

// -----

// The logit of a label: one element a row, not a third pass over it.
// CHECK-LABEL: func.func private @reduce_max_sub_exp_reduce_sum_etc
// CHECK: arith.maximumf
// CHECK: math.fma
// CHECK-NOT: arith.cmpi eq
// CHECK: %[[INSIDE:.*]] = arith.cmpi ult
// CHECK: scf.if %[[INSIDE]] -> (f32)
// CHECK-NOT: vector<16x
// CHECK: return
func.func @cross_entropy(%x: tensor<64x1024xf32>, %labels: tensor<64xi64>) -> tensor<64xf32> {
  %0 = etch.reduce_max %x axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %1 = etch.broadcast_in_dim %0 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %2 = etch.sub %x, %1 : tensor<64x1024xf32>
  %3 = etch.exp %2 : tensor<64x1024xf32>
  %4 = etch.reduce_sum %3 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %5 = etch.log %4 : tensor<64xf32>
  %6 = etch.broadcast_in_dim %5 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %7 = etch.sub %2, %6 : tensor<64x1024xf32>
  %8 = etch.broadcast_in_dim %labels shape = [64, 1024] dims = [0] : (tensor<64xi64>) -> tensor<64x1024xi64>
  %9 = etch.iota shape = [1024] axis = 0 {dtype = i64} : () -> tensor<1024xi64>
  %10 = etch.broadcast_in_dim %9 shape = [64, 1024] dims = [1] : (tensor<1024xi64>) -> tensor<64x1024xi64>
  %11 = etch.equal %8, %10 : (tensor<64x1024xi64>, tensor<64x1024xi64>) -> tensor<64x1024xi1>
  %12 = etch.constant dense<0.000000e+00> : tensor<64x1024xf32>
  %13 = etch.select %11, %7, %12 : tensor<64x1024xi1>, tensor<64x1024xf32>
  %14 = etch.reduce_sum %13 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  return %14 : tensor<64xf32>
}

// -----

// Rows of few elements take each pass sixteen at a time. Their sums wait on the stack, and are divided and rooted for all
// rows at once; the last group, of four, is masked.
// CHECK-LABEL: func.func private @reduce_sum_div_sub_square_etc
// CHECK: %[[SUMS:.*]] = llvm.alloca %{{.*}} x i8 {alignment = 64
// CHECK: scf.for %[[FIRST:.*]] = %c0_i64 to %c36_i64{{.*}} step %c16
// CHECK: %[[COUNT:.*]] = arith.minsi %c16_i64{{.*}}, %{{.*}} : i64
// CHECK: scf.for %[[ROW:.*]] = %c0_i64{{.*}} to %[[COUNT]] step %c1_i64
// CHECK: %[[AT:.*]] = llvm.getelementptr %{{.*}}[%[[ROW]]]
// CHECK: llvm.store %{{.*}}, %[[AT]] {{.*}} : f32
// CHECK: llvm.intr.masked.load {{.*}} -> vector<16xf32>
// CHECK: scf.for %{{.*}} = %c0_i64{{.*}} to %[[COUNT]] step %c1_i64
// CHECK: llvm.load {{.*}} -> f32
// CHECK: llvm.intr.masked.load {{.*}} -> vector<16xf32>
// CHECK: %[[ROOTS:.*]] = math.sqrt %{{.*}} : vector<16xf32>
// CHECK: llvm.store %[[ROOTS]]
// CHECK: scf.for %{{.*}} = %c0_i64{{.*}} to %[[COUNT]] step %c1_i64
// CHECK: return
func.func @together(%x: tensor<36x100xf32>) -> tensor<36x100xf32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<36x100xf32>) -> tensor<36xf32>
  %1 = etch.constant dense<100.0> : tensor<36xf32>
  %2 = etch.div %0, %1 : tensor<36xf32>
  %3 = etch.broadcast_in_dim %2 shape = [36, 100] dims = [0] : (tensor<36xf32>) -> tensor<36x100xf32>
  %4 = etch.sub %x, %3 : tensor<36x100xf32>
  %5 = etch.square %4 : tensor<36x100xf32>
  %6 = etch.reduce_sum %5 axes = [1] : (tensor<36x100xf32>) -> tensor<36xf32>
  %7 = etch.sqrt %6 : tensor<36xf32>
  %8 = etch.broadcast_in_dim %7 shape = [36, 100] dims = [0] : (tensor<36xf32>) -> tensor<36x100xf32>
  %9 = etch.div %4, %8 : tensor<36x100xf32>
  return %9 : tensor<36x100xf32>
}

// -----

// Each step of a chain needs the sum of the one before. A value waits on the stack until its last reader; the next one may have its
// place then, and no pass goes back to the operand through all steps before it.
// CHECK-LABEL: func.func private @reduce_sum_sub_reduce_sum_sub_etc
// CHECK-COUNT-2: llvm.alloca %{{.*}} x i8 {alignment = 64 : i64}
// CHECK-NOT: llvm.alloca
// CHECK: return
func.func @chain(%x: tensor<64x1024xf32>) -> tensor<64xf32> {
  %s0 = etch.reduce_sum %x axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b0 = etch.broadcast_in_dim %s0 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z0 = etch.sub %x, %b0 : tensor<64x1024xf32>
  %s1 = etch.reduce_sum %z0 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b1 = etch.broadcast_in_dim %s1 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z1 = etch.sub %z0, %b1 : tensor<64x1024xf32>
  %s2 = etch.reduce_sum %z1 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b2 = etch.broadcast_in_dim %s2 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z2 = etch.sub %z1, %b2 : tensor<64x1024xf32>
  %s3 = etch.reduce_sum %z2 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b3 = etch.broadcast_in_dim %s3 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z3 = etch.sub %z2, %b3 : tensor<64x1024xf32>
  %s4 = etch.reduce_sum %z3 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b4 = etch.broadcast_in_dim %s4 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z4 = etch.sub %z3, %b4 : tensor<64x1024xf32>
  %s5 = etch.reduce_sum %z4 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b5 = etch.broadcast_in_dim %s5 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z5 = etch.sub %z4, %b5 : tensor<64x1024xf32>
  %s6 = etch.reduce_sum %z5 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b6 = etch.broadcast_in_dim %s6 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z6 = etch.sub %z5, %b6 : tensor<64x1024xf32>
  %s7 = etch.reduce_sum %z6 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b7 = etch.broadcast_in_dim %s7 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z7 = etch.sub %z6, %b7 : tensor<64x1024xf32>
  %s8 = etch.reduce_sum %z7 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b8 = etch.broadcast_in_dim %s8 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z8 = etch.sub %z7, %b8 : tensor<64x1024xf32>
  %s9 = etch.reduce_sum %z8 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b9 = etch.broadcast_in_dim %s9 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z9 = etch.sub %z8, %b9 : tensor<64x1024xf32>
  %s10 = etch.reduce_sum %z9 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b10 = etch.broadcast_in_dim %s10 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z10 = etch.sub %z9, %b10 : tensor<64x1024xf32>
  %s11 = etch.reduce_sum %z10 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b11 = etch.broadcast_in_dim %s11 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z11 = etch.sub %z10, %b11 : tensor<64x1024xf32>
  %s12 = etch.reduce_sum %z11 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b12 = etch.broadcast_in_dim %s12 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z12 = etch.sub %z11, %b12 : tensor<64x1024xf32>
  %s13 = etch.reduce_sum %z12 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b13 = etch.broadcast_in_dim %s13 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z13 = etch.sub %z12, %b13 : tensor<64x1024xf32>
  %s14 = etch.reduce_sum %z13 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b14 = etch.broadcast_in_dim %s14 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z14 = etch.sub %z13, %b14 : tensor<64x1024xf32>
  %s15 = etch.reduce_sum %z14 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b15 = etch.broadcast_in_dim %s15 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z15 = etch.sub %z14, %b15 : tensor<64x1024xf32>
  %s16 = etch.reduce_sum %z15 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b16 = etch.broadcast_in_dim %s16 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z16 = etch.sub %z15, %b16 : tensor<64x1024xf32>
  %s17 = etch.reduce_sum %z16 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b17 = etch.broadcast_in_dim %s17 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z17 = etch.sub %z16, %b17 : tensor<64x1024xf32>
  %s18 = etch.reduce_sum %z17 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b18 = etch.broadcast_in_dim %s18 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z18 = etch.sub %z17, %b18 : tensor<64x1024xf32>
  %s19 = etch.reduce_sum %z18 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b19 = etch.broadcast_in_dim %s19 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z19 = etch.sub %z18, %b19 : tensor<64x1024xf32>
  %s20 = etch.reduce_sum %z19 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b20 = etch.broadcast_in_dim %s20 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z20 = etch.sub %z19, %b20 : tensor<64x1024xf32>
  %s21 = etch.reduce_sum %z20 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b21 = etch.broadcast_in_dim %s21 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z21 = etch.sub %z20, %b21 : tensor<64x1024xf32>
  %s22 = etch.reduce_sum %z21 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b22 = etch.broadcast_in_dim %s22 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z22 = etch.sub %z21, %b22 : tensor<64x1024xf32>
  %s23 = etch.reduce_sum %z22 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b23 = etch.broadcast_in_dim %s23 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z23 = etch.sub %z22, %b23 : tensor<64x1024xf32>
  %s24 = etch.reduce_sum %z23 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  %b24 = etch.broadcast_in_dim %s24 shape = [64, 1024] dims = [0] : (tensor<64xf32>) -> tensor<64x1024xf32>
  %z24 = etch.sub %z23, %b24 : tensor<64x1024xf32>
  %s25 = etch.reduce_sum %z24 axes = [1] : (tensor<64x1024xf32>) -> tensor<64xf32>
  return %s25 : tensor<64xf32>
}
