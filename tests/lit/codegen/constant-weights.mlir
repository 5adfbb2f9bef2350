// A constant that is the right operand of a product is laid out when the code is made: in panels as wide as a tile, or
// row after row where few rows read it in place. The routine is told of panels by a depth of 0 and their distance.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s
// RUN: etch-opt %s --stop-after=kernels --strict --split-input-file | FileCheck %s --check-prefix=STRICT

// 3 x 2 in a panel of 32 columns and 16 elements between panels: 3 * 32 + 16.
// CHECK-LABEL: func.func @panels
// CHECK: etch.constant dense<{{.*}}> : tensor<1x112xf32>
// CHECK-NOT: etch.constant
// CHECK: etch.launch @dot_general(%arg0, %{{.*}}) {{.*}} : (tensor<12x3xf32>, tensor<1x112xf32>) -> tensor<12x17xf32>
// CHECK: call @etch_shared_gemm_f32({{.*}}, %c3_i64, %c3_i64, %c1_i64, %c0_i64, %c112_i64, %c17_i64, %
func.func @panels(%x: tensor<12x3xf32>) -> tensor<12x17xf32> {
  %w = etch.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0], [9.0, 10.0, 11.0], [12.0, 13.0, 14.0], [15.0, 16.0, 17.0], [18.0, 19.0, 20.0], [21.0, 22.0, 23.0], [24.0, 25.0, 26.0], [27.0, 28.0, 29.0], [30.0, 31.0, 32.0], [33.0, 34.0, 35.0], [36.0, 37.0, 38.0], [39.0, 40.0, 41.0], [42.0, 43.0, 44.0], [45.0, 46.0, 47.0], [48.0, 49.0, 50.0]]> : tensor<17x3xf32>
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<12x3xf32>, tensor<17x3xf32>) -> tensor<12x17xf32>
  return %0 : tensor<12x17xf32>
}

// -----

// Six rows read the operand in place: turned, its columns are neighbours.
// CHECK-LABEL: func.func @rows
// CHECK: etch.constant dense<{{\[\[}}0.000000e+00, 2.000000e+00, 4.000000e+00, 6.000000e+00, 8.000000e+00], [1.000000e+00, 3.000000e+00, 5.000000e+00, 7.000000e+00, 9.000000e+00]]> : tensor<2x5xf32>
// CHECK: call @etch_shared_gemm_f32({{.*}}, %c5_i64, %c2_i64, %c2_i64, %c1_i64, %c5_i64, %c1_i64, %c5_i64, %
func.func @rows(%x: tensor<6x2xf32>) -> tensor<6x5xf32> {
  %w = etch.constant dense<[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0], [8.0, 9.0]]> : tensor<5x2xf32>
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<6x2xf32>, tensor<5x2xf32>) -> tensor<6x5xf32>
  return %0 : tensor<6x5xf32>
}

// -----

// Dot products read both operands along the depth, and policy strict has none.
// CHECK-LABEL: func.func @dots
// CHECK: : tensor<5x2xf32>
// STRICT-LABEL: func.func @dots
// STRICT: : tensor<2x5xf32>
func.func @dots(%x: tensor<3x2xf32>) -> tensor<3x5xf32> {
  %w = etch.constant dense<[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0], [8.0, 9.0]]> : tensor<5x2xf32>
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<3x2xf32>, tensor<5x2xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// -----

// The routine asks whether there is anything to pack.
// CHECK-LABEL: func.func @pairs
// CHECK: etch.constant dense<{{.*}}> : tensor<2x512xbf16>
// CHECK: call @etch_shared_gemm_bf16({{.*}}, %c0_i64, %c512_i64, %c3_i64, %
// CHECK: func.func private @etch_shared_gemm_bf16(
// CHECK: call @etch_shared_gemm_bf16.right
// STRICT-LABEL: func.func @pairs
// STRICT: : tensor<2x3xbf16>
module attributes {etch.vector_unit = "512x32+fma+amx"} {
  func.func @pairs(%x: tensor<6x2xbf16>) -> tensor<6x3xbf16> {
    %w = etch.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xbf16>
    %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<6x2xbf16>, tensor<2x3xbf16>) -> tensor<6x3xbf16>
    return %0 : tensor<6x3xbf16>
  }
}

// -----

// One kernel for two products, one of them by an argument: it must take both.
// CHECK-LABEL: func.func @shared
// CHECK: etch.constant dense<{{.*}}> : tensor<5x2xf32>
func.func @shared(%x: tensor<6x2xf32>, %y: tensor<5x2xf32>) -> (tensor<6x5xf32>, tensor<6x5xf32>) {
  %w = etch.constant dense<[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0], [8.0, 9.0]]> : tensor<5x2xf32>
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<6x2xf32>, tensor<5x2xf32>) -> tensor<6x5xf32>
  %1 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [1] : (tensor<6x2xf32>, tensor<5x2xf32>) -> tensor<6x5xf32>
  return %0, %1 : tensor<6x5xf32>, tensor<6x5xf32>
}
