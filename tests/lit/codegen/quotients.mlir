// What is divided by a number of few digits is multiplied by both parts of its reciprocal.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s
// RUN: etch-opt %s --stop-after=kernels --strict --split-input-file | FileCheck %s --check-prefix=STRICT

// CHECK-LABEL: func.func private @div
// CHECK: %[[X:.*]] = llvm.load {{.*}} -> vector<16xf32>
// CHECK: %[[LOW:.*]] = arith.constant dense<2.33743719E-10>
// CHECK: %[[A:.*]] = arith.mulf %[[X]], %[[LOW]]
// CHECK: %[[HIGH:.*]] = arith.constant dense<0.00392156839>
// CHECK: math.fma %[[X]], %[[HIGH]], %[[A]]
// CHECK-NOT: divf
// CHECK: return
// STRICT-LABEL: func.func private @div
// STRICT: arith.truncf
func.func @bytes(%x: tensor<4096xf32>) -> tensor<4096xf32> {
  %0 = etch.constant dense<255.0> : tensor<4096xf32>
  %1 = etch.div %x, %0 : tensor<4096xf32>
  return %1 : tensor<4096xf32>
}

// -----

// Of a power of two the reciprocal is exact; a tenth has more digits than that.
// CHECK-LABEL: func.func private @div
// CHECK: arith.mulf
// CHECK-NOT: math.fma
// CHECK: return
func.func @quarter(%x: tensor<4096xf64>) -> tensor<4096xf64> {
  %0 = etch.constant dense<4.0> : tensor<4096xf64>
  %1 = etch.div %x, %0 : tensor<4096xf64>
  return %1 : tensor<4096xf64>
}

// -----

// CHECK-LABEL: func.func private @div
// CHECK: arith.divf {{.*}} vector<16xf64>
// CHECK: return
func.func @tenth(%x: tensor<4096xf64>) -> tensor<4096xf64> {
  %0 = etch.constant dense<0.1> : tensor<4096xf64>
  %1 = etch.div %x, %0 : tensor<4096xf64>
  return %1 : tensor<4096xf64>
}
