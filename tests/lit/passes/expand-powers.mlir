// Powers by known exponents are products and square roots.
// RUN: etch-opt %s --etch-expand-powers --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @cube
// CHECK-NEXT: %[[S:.*]] = etch.square %arg0
// CHECK-NEXT: %[[C:.*]] = etch.mul %[[S]], %arg0
// CHECK-NEXT: return %[[C]]
func.func @cube(%x: tensor<4xf32>) -> tensor<4xf32> {
  %n = etch.constant dense<3.0> : tensor<4xf32>
  %0 = etch.pow %x, %n : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// The root of -0 is +0, and that of -inf is +inf.
// CHECK-LABEL: func.func @root
// CHECK: %[[ZERO:.*]] = etch.constant dense<0.000000e+00>
// CHECK: %[[ZEROS:.*]] = etch.broadcast_in_dim %[[ZERO]]
// CHECK: %[[X:.*]] = etch.add %arg0, %[[ZEROS]]
// CHECK: %[[ROOT:.*]] = etch.sqrt %[[X]]
// CHECK: etch.constant dense<0xFF800000>
// CHECK: %[[IS:.*]] = etch.equal %arg0
// CHECK: etch.constant dense<0x7F800000>
// CHECK: %[[INF:.*]] = etch.broadcast_in_dim
// CHECK: %[[R:.*]] = etch.select %[[IS]], %[[INF]], %[[ROOT]]
// CHECK-NEXT: return %[[R]]
func.func @root(%x: tensor<4xf32>) -> tensor<4xf32> {
  %n = etch.constant dense<0.5> : tensor<4xf32>
  %0 = etch.pow %x, %n : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Unknown extents: the exponent is one number for all of them.
// CHECK-LABEL: func.func @unknown_extents
// CHECK-NOT: etch.pow
// CHECK: etch.square %arg0
func.func @unknown_extents(%x: tensor<?xf32>) -> tensor<?xf32> {
  %n = etch.constant dense<2.0> : tensor<f32>
  %d = etch.dim %x axis = 0 : (tensor<?xf32>) -> tensor<i64>
  %0 = etch.broadcast_in_dim %n sizes %d shape = [-1] dims = [] : (tensor<f32>, tensor<i64>) -> tensor<?xf32>
  %1 = etch.pow %x, %0 : tensor<?xf32>
  return %1 : tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @whole_numbers
// CHECK-NEXT: %[[S:.*]] = etch.square %arg0
// CHECK-NEXT: %[[C:.*]] = etch.mul %[[S]], %arg0
func.func @whole_numbers(%x: tensor<4xi32>) -> tensor<4xi32> {
  %n = etch.constant dense<3> : tensor<4xi32>
  %0 = etch.pow %x, %n : tensor<4xi32>
  return %0 : tensor<4xi32>
}

// -----

// One rounding of sixteen bits, but not two; and no exponent that a product is not.
// CHECK-LABEL: func.func @kept
// CHECK-DAG: etch.square %arg0
// CHECK-DAG: etch.pow %arg0
// CHECK-DAG: etch.pow %arg1
func.func @kept(%x: tensor<4xbf16>, %y: tensor<4xf32>) -> (tensor<4xbf16>, tensor<4xbf16>, tensor<4xf32>) {
  %two = etch.constant dense<2.0> : tensor<4xbf16>
  %three = etch.constant dense<3.0> : tensor<4xbf16>
  %other = etch.constant dense<2.2> : tensor<4xf32>
  %0 = etch.pow %x, %two : tensor<4xbf16>
  %1 = etch.pow %x, %three : tensor<4xbf16>
  %2 = etch.pow %y, %other : tensor<4xf32>
  return %0, %1, %2 : tensor<4xbf16>, tensor<4xbf16>, tensor<4xf32>
}
