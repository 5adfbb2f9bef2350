// REQUIRES: etchc
// RUN: mkdir -p %t && cd %t
// RUN: etchc %s -o affine.o --header=affine.h
// RUN: FileCheck %s < affine.h
// RUN: %cc -std=c11 -Wall -Wextra -Wpedantic -Werror -O1 -I. -c %S/Inputs/call_affine.c -o call.o
// RUN: %cxx call.o affine.o %lib/libetch_runtime.a -ltbb -lm -lpthread -o call
// RUN: ./call | FileCheck %s --check-prefix=RUNS

// CHECK: #define AFFINE_BIAS_COUNT 1
// CHECK: #define AFFINE_NUM_DIMS 3
// CHECK-NEXT: #define AFFINE_NUM_RESULT_DIMS 2
// CHECK: x in f32[?,?] elements x 4 bytes
// CHECK: The extents shown as ? are passed, and those of the results come back:
// CHECK-NEXT: dims[0] = extent of axis 0 of x
// CHECK-NEXT: dims[1] = extent of axis 1 of x
// CHECK-NEXT: dims[2] = extent of axis 1 of w
// CHECK-NEXT: result_dims[0] = extent of axis 0 of y
// CHECK-NEXT: result_dims[1] = extent of axis 1 of y
// CHECK: int32_t affine(const float *x, const float *w, const float *bias, const int64_t *dims, float *y,
// CHECK-NEXT: int64_t *result_dims);
// CHECK: int32_t affine_result_dims(const int64_t *dims, int64_t *result_dims);

// RUNS: result 2x2
// RUNS: 4 1 13 1
// RUNS: error: {{.*}}etchc-header-dynamic.mlir:[[@LINE+3]]:8: [dot_general]
func.func @affine(%x: tensor<?x?xf32> {etch.name = "x"}, %w: tensor<3x?xf32> {etch.name = "w"}, %b: tensor<f32> {etch.name = "bias"})
    -> (tensor<?x?xf32> {etch.name = "y"}) {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<?x?xf32>, tensor<3x?xf32>) -> tensor<?x?xf32>
  %1 = etch.relu %0 : tensor<?x?xf32>
  %m = etch.dim %x axis = 0 : (tensor<?x?xf32>) -> tensor<i64>
  %n = etch.dim %w axis = 1 : (tensor<3x?xf32>) -> tensor<i64>
  %2 = etch.broadcast_in_dim %b sizes %m, %n shape = [-1, -1] dims = [] : (tensor<f32>, tensor<i64>, tensor<i64>) -> tensor<?x?xf32>
  %3 = etch.add %1, %2 : tensor<?x?xf32>
  return %3 : tensor<?x?xf32>
}
