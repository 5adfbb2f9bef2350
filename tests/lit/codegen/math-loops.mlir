// Loops over math functions: trips of 64 lanes, reading ahead and in place where there are many elements.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Of known length and split at multiples of 64 elements: no tail.
// CHECK-LABEL: func.func private @tanh
// CHECK-SAME: etch.grain = 32768
// CHECK: scf.for
// CHECK-COUNT-4: "llvm.intr.prefetch"
// CHECK: llvm.load {{.*}} : !llvm.ptr -> vector<64xf32>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"{{.*}} -> vector<16xf32>
// CHECK: llvm.store {{.*}} : vector<64xf32>
// CHECK-NOT: scf.for
// CHECK: return
func.func @many(%a: tensor<1048576xf32>) -> tensor<1048576xf32> {
  %0 = etch.tanh %a : tensor<1048576xf32>
  return %0 : tensor<1048576xf32>
}

// -----

// What is left over takes masked trips of 16 lanes.
// CHECK-LABEL: func.func private @exp
// CHECK: scf.for
// CHECK: llvm.load {{.*}} -> vector<64xf32>
// CHECK: scf.for
// CHECK: llvm.intr.masked.load {{.*}} -> vector<16xf32>
// CHECK-NOT: llvm.load
// CHECK: return
func.func @unknown(%a: tensor<?xf32>) -> tensor<?xf32> {
  %0 = etch.exp %a : tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// Few elements: a call of a routine that a process compiles once, as wide; what is left over takes a mask, so that the
// body is there once.
// CHECK-LABEL: func.func private @exp_sub
// CHECK-NOT: prefetch
// CHECK: scf.for
// CHECK: llvm.intr.masked.load {{.*}} -> vector<64xf32>
// CHECK: call @etch_shared_exp_x64xf32({{.*}}) : (vector<64xf32>) -> vector<64xf32>
// CHECK: llvm.intr.masked.store
// CHECK-NOT: scf.for
// CHECK-NOT: masked.load
// CHECK: return
// CHECK: func.func private @etch_shared_exp_x64xf32(%{{.*}}: vector<64xf32>) -> vector<64xf32>
// CHECK: math.fma
func.func @few(%a: tensor<1000xf32>) -> tensor<1000xf32> {
  %0 = etch.exp %a : tensor<1000xf32>
  %1 = etch.sub %0, %a : tensor<1000xf32>
  return %1 : tensor<1000xf32>
}

// -----

// As wide as there are elements. f16 is computed in f32.
// CHECK-LABEL: func.func private @exp
// CHECK-NOT: scf.for
// CHECK: llvm.intr.masked.load {{.*}} -> vector<16xf16>
// CHECK: call @etch_shared_exp_x16xf32
func.func @fewer(%a: tensor<10xf16>) -> tensor<10xf16> {
  %0 = etch.exp %a : tensor<10xf16>
  return %0 : tensor<10xf16>
}

// -----

// Many elements, and formulas too long to be in place: calls. A routine takes and gives four registers.
// CHECK-LABEL: func.func private @sin_log
// CHECK: scf.for
// CHECK: prefetch
// CHECK: call @etch_shared_sin_x32xf64({{.*}}) : (vector<32xf64>) -> vector<32xf64>
// CHECK: call @etch_shared_log_x32xf64
// CHECK-NOT: scf.for
// CHECK: return
func.func @long(%a: tensor<65536xf64>) -> tensor<65536xf64> {
  %0 = etch.sin %a : tensor<65536xf64>
  %1 = etch.log %0 : tensor<65536xf64>
  return %1 : tensor<65536xf64>
}

// -----

// One element: in place.
// CHECK-LABEL: func.func private @exp
// CHECK-NOT: call
// CHECK: return
func.func @one(%a: tensor<f32>) -> tensor<f32> {
  %0 = etch.exp %a : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// Arithmetic alone is bound by memory whatever the trip.
// CHECK-LABEL: func.func private @add
// CHECK-NOT: vector<64xf32>
// CHECK-NOT: prefetch
// CHECK: return
func.func @light(%a: tensor<1048576xf32>) -> tensor<1048576xf32> {
  %0 = etch.add %a, %a : tensor<1048576xf32>
  return %0 : tensor<1048576xf32>
}

// -----

// A row that is repeated: the inner loop takes wide trips too.
// CHECK-LABEL: func.func private @add_tanh
// CHECK: scf.for
// CHECK: scf.for
// CHECK: llvm.load {{.*}} -> vector<64xf32>
// CHECK: llvm.store {{.*}} : vector<64xf32>
// CHECK: return
func.func @rows(%x: tensor<512x256xf32>, %row: tensor<256xf32>) -> tensor<512x256xf32> {
  %0 = etch.broadcast_in_dim %row shape = [512, 256] dims = [1] : (tensor<256xf32>) -> tensor<512x256xf32>
  %1 = etch.add %x, %0 : tensor<512x256xf32>
  %2 = etch.tanh %1 : tensor<512x256xf32>
  return %2 : tensor<512x256xf32>
}

// -----

// Of one element in a program with many: by a call if it is much code, for a vector that has the element in all lanes.
// CHECK-LABEL: func.func private @pow_
// CHECK: %[[STEP:.*]] = llvm.load %{{.*}} : !llvm.ptr -> f32
// CHECK: %[[X:.*]] = vector.broadcast %[[STEP]] : f32 to vector<16xf32>
// CHECK: %[[P:.*]] = call @etch_shared_pow_x16xf32(%{{.*}}, %[[X]])
// CHECK: vector.extract %[[P]][0]
func.func @one_beside_many(%step: tensor<f32>, %x: tensor<200x200xf32>) -> (tensor<f32>, tensor<200x200xf32>) {
  %base = etch.constant dense<0.9> : tensor<f32>
  %one = etch.constant dense<1.0> : tensor<f32>
  %0 = etch.pow %base, %step : tensor<f32>
  %1 = etch.sub %one, %0 : tensor<f32>
  %2 = etch.neg %x : tensor<200x200xf32>
  return %1, %2 : tensor<f32>, tensor<200x200xf32>
}

// -----

// CHECK-LABEL: func.func private @pow_
// CHECK-NOT: call
// CHECK: return
func.func @one_alone(%step: tensor<f32>) -> tensor<f32> {
  %base = etch.constant dense<0.9> : tensor<f32>
  %one = etch.constant dense<1.0> : tensor<f32>
  %0 = etch.pow %base, %step : tensor<f32>
  %1 = etch.sub %one, %0 : tensor<f32>
  return %1 : tensor<f32>
}
