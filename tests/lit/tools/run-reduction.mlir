// REQUIRES: etch-run
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py x.npy f4 3,5 range
// RUN: python3 %S/make_npy.py i.npy i4 3,5 range
// RUN: etch-run %s --entry sums --input x.npy | FileCheck %s --check-prefix=SUMS
// RUN: etch-run %s --entry extremes --input i.npy | FileCheck %s --check-prefix=EXTREMES

// SUMS: 0: result 0 f32[3]
// SUMS-NEXT: [10. 35. 60.]
// SUMS-NEXT: 1: result 1 f32[5]
// SUMS-NEXT: [15. 18. 21. 24. 27.]
// SUMS-NEXT: 2: result 2 f32[]
// SUMS-NEXT: 1015.0
func.func @sums(%x: tensor<3x5xf32>) -> (tensor<3xf32>, tensor<5xf32>, tensor<f32>) {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<3x5xf32>) -> tensor<3xf32>
  %1 = etch.reduce_sum %x axes = [0] : (tensor<3x5xf32>) -> tensor<5xf32>
  %2 = etch.square %x : tensor<3x5xf32>
  %3 = etch.reduce_sum %2 axes = [0, 1] : (tensor<3x5xf32>) -> tensor<f32>
  return %0, %1, %3 : tensor<3xf32>, tensor<5xf32>, tensor<f32>
}

// EXTREMES: [ 4  9 14]
// EXTREMES: [0 1 2 3 4]
// EXTREMES: [4 4 4]
// EXTREMES: True
func.func @extremes(%x: tensor<3x5xi32>) -> (tensor<3xi32>, tensor<5xi32>, tensor<3xi64>, tensor<i1>) {
  %0 = etch.reduce_max %x axes = [1] : (tensor<3x5xi32>) -> tensor<3xi32>
  %1 = etch.reduce_min %x axes = [0] : (tensor<3x5xi32>) -> tensor<5xi32>
  %2 = etch.argmax %x axis = 1 : (tensor<3x5xi32>) -> tensor<3xi64>
  %c = etch.constant dense<3> : tensor<3x5xi32>
  %3 = etch.equal %x, %c : (tensor<3x5xi32>, tensor<3x5xi32>) -> tensor<3x5xi1>
  %4 = etch.reduce_any %3 axes = [0, 1] : (tensor<3x5xi1>) -> tensor<i1>
  return %0, %1, %2, %4 : tensor<3xi32>, tensor<5xi32>, tensor<3xi64>, tensor<i1>
}
