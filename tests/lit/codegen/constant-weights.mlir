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
// CHECK: etch.constant dense<{{\[\[}}0.000000e+00, 2.000000e+00, 4.000000e+00, {{.*}}], [1.000000e+00, 3.000000e+00, {{.*}}]]> : tensor<2x9xf32>
// CHECK: call @etch_shared_gemm_f32({{.*}}, %c2_i64, %c2_i64, %c1_i64, %c9_i64, %c1_i64, %c9_i64, %
func.func @rows(%x: tensor<6x2xf32>) -> tensor<6x9xf32> {
  %w = etch.constant dense<[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0], [8.0, 9.0], [10.0, 11.0], [12.0, 13.0], [14.0, 15.0], [16.0, 17.0]]> : tensor<9x2xf32>
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<6x2xf32>, tensor<9x2xf32>) -> tensor<6x9xf32>
  return %0 : tensor<6x9xf32>
}

// -----

// Dot products read both operands along the depth, and policy strict has none.
// CHECK-LABEL: func.func @dots
// CHECK: : tensor<9x2xf32>
// STRICT-LABEL: func.func @dots
// STRICT: : tensor<2x9xf32>
func.func @dots(%x: tensor<3x2xf32>) -> tensor<3x9xf32> {
  %w = etch.constant dense<[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0], [8.0, 9.0], [10.0, 11.0], [12.0, 13.0], [14.0, 15.0], [16.0, 17.0]]> : tensor<9x2xf32>
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<3x2xf32>, tensor<9x2xf32>) -> tensor<3x9xf32>
  return %0 : tensor<3x9xf32>
}

// -----

// The routine asks whether there is anything to pack.
// CHECK-LABEL: func.func @pairs
// CHECK: etch.constant dense<{{.*}}> : tensor<2x512xbf16>
// CHECK: call @etch_shared_gemm_bf16_amx({{.*}}, %c0_i64, %c512_i64, %c3_i64, %
// CHECK: func.func private @etch_shared_gemm_bf16_amx(
// CHECK: call @etch_shared_gemm_bf16_amx.right
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

// Without tiles they are panels of pairs: 3 / 2 up pairs of 32 columns and 16 between panels, of two numbers each.
// CHECK-LABEL: func.func @pairs_in_vectors
// CHECK: etch.constant dense<{{.*}}> : tensor<1x160xbf16>
// CHECK: call @etch_shared_gemm_bf16_pairs({{.*}}, %c0_i64, %c160_i64, %c3_i64, %
module attributes {etch.vector_unit = "512x32+fma+pairs"} {
  func.func @pairs_in_vectors(%x: tensor<6x3xbf16>) -> tensor<6x3xbf16> {
    %w = etch.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]> : tensor<3x3xbf16>
    %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<6x3xbf16>, tensor<3x3xbf16>) -> tensor<6x3xbf16>
    return %0 : tensor<6x3xbf16>
  }
}

// -----

// Tiny ones stay in a register.
// CHECK-LABEL: func.func @tiny
// CHECK: : tensor<4x3xf32>
func.func @tiny(%x: tensor<100x3xf32>) -> tensor<100x4xf32> {
  %w = etch.constant dense<[[0.0, 1.0, 2.0], [2.0, 3.0, 4.0], [4.0, 5.0, 6.0], [6.0, 7.0, 8.0]]> : tensor<4x3xf32>
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<100x3xf32>, tensor<4x3xf32>) -> tensor<100x4xf32>
  return %0 : tensor<100x4xf32>
}

// -----

// One kernel for two products, one of them by an argument: it must take both.
// CHECK-LABEL: func.func @shared
// CHECK: etch.constant dense<{{.*}}> : tensor<9x2xf32>
func.func @shared(%x: tensor<6x2xf32>, %y: tensor<9x2xf32>) -> (tensor<6x9xf32>, tensor<6x9xf32>) {
  %w = etch.constant dense<[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0], [8.0, 9.0], [10.0, 11.0], [12.0, 13.0], [14.0, 15.0], [16.0, 17.0]]> : tensor<9x2xf32>
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<6x2xf32>, tensor<9x2xf32>) -> tensor<6x9xf32>
  %1 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [1] : (tensor<6x2xf32>, tensor<9x2xf32>) -> tensor<6x9xf32>
  return %0, %1 : tensor<6x9xf32>, tensor<6x9xf32>
}

// -----

// What a function captured is the same in all calls: the runtime makes the copies, of which the descriptor tells it.
// One tensor is read in two ways here, and as it is by a third op.
// CHECK-LABEL: func.func @captured(
// CHECK-SAME: %arg1: tensor<17x33xf32> {etch.kind = "captured"}
// CHECK-SAME: %arg2: tensor<1x1072xf32> {etch.copy_of = {apart = 1072 : i64, argument = 1 : i64, column_stride = 33 : i64, columns = 17 : i64, depth = 33 : i64, depth_stride = 1 : i64, elements = 1072 : i64, group = 1 : i64, width = 32 : i64}}
// CHECK: etch.launch @dot_general(%arg0, %arg2)
// CHECK: etch.launch @neg(%arg1)
// CHECK: call @etch_shared_gemm_f32({{.*}}, %c33_i64, %c33_i64, %c1_i64, %c0_i64, %c1072_i64, %c17_i64, %
func.func @captured(%x: tensor<12x33xf32>, %w: tensor<17x33xf32> {etch.kind = "captured"}) -> (tensor<12x17xf32>, tensor<17x33xf32>) {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<12x33xf32>, tensor<17x33xf32>) -> tensor<12x17xf32>
  %1 = etch.neg %w : tensor<17x33xf32>
  return %0, %1 : tensor<12x17xf32>, tensor<17x33xf32>
}

// -----

// A small one that lies in rows is not worth a copy, nor is one that is an argument.
// CHECK-LABEL: func.func @in_place(
// CHECK-NOT: etch.copy_of
func.func @in_place(%x: tensor<12x33xf32>, %y: tensor<17x33xf32>, %w: tensor<17x33xf32> {etch.kind = "captured"}) -> (tensor<12x17xf32>, tensor<17x33xf32>) {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [1] : (tensor<12x33xf32>, tensor<17x33xf32>) -> tensor<12x17xf32>
  %1 = etch.dot_general %y, %w batch = [] x [] contract = [0] x [0] : (tensor<17x33xf32>, tensor<17x33xf32>) -> tensor<33x33xf32>
  %2 = etch.dot_general %w, %1 batch = [] x [] contract = [1] x [0] : (tensor<17x33xf32>, tensor<33x33xf32>) -> tensor<17x33xf32>
  return %0, %2 : tensor<12x17xf32>, tensor<17x33xf32>
}

// -----

// With unknown rows it is turned, which serves few rows and many.
// CHECK-LABEL: func.func @unknown_rows(
// CHECK-SAME: %arg2: tensor<3x20xf32> {etch.copy_of =
// CHECK: call @etch_shared_gemm_f32({{.*}}, %c3_i64, %c3_i64, %c1_i64, %c20_i64, %c1_i64, %c20_i64, %
func.func @unknown_rows(%x: tensor<?x3xf32>, %w: tensor<20x3xf32> {etch.kind = "captured"}) -> tensor<?x20xf32> {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<?x3xf32>, tensor<20x3xf32>) -> tensor<?x20xf32>
  return %0 : tensor<?x20xf32>
}
