// Rows that lie as columns are written down before a reduction passes over them.
// RUN: etch-opt %s --etch-form-kernels --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @rows
// CHECK-NEXT: %[[T:.*]] = etch.launch @transpose(%arg0)
// CHECK-NEXT: %[[S:.*]] = etch.launch @maximum_reduce_sum(%[[T]], %{{.*}})
// CHECK-NEXT: return %[[S]]
func.func @rows(%x: tensor<64x100xf32>, %y: tensor<100x64xf32>) -> tensor<100xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<64x100xf32>) -> tensor<100x64xf32>
  %1 = etch.maximum %0, %y : tensor<100x64xf32>
  %2 = etch.reduce_sum %1 axes = [1] : (tensor<100x64xf32>) -> tensor<100xf32>
  return %2 : tensor<100xf32>
}

// -----

// Softmax reads them once more behind its reductions: two kernels all the same. Extents need not be known.
// CHECK-LABEL: func.func @softmax
// CHECK: etch.launch @transpose(%arg0)
// CHECK-NEXT: etch.launch @reduce_max_sub
// CHECK-NEXT: return
func.func @softmax(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %t = etch.transpose %x permutation = [1, 0] : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %m = etch.dim %t axis = 0 : (tensor<?x?xf32>) -> tensor<i64>
  %n = etch.dim %t axis = 1 : (tensor<?x?xf32>) -> tensor<i64>
  %0 = etch.reduce_max %t axes = [1] : (tensor<?x?xf32>) -> tensor<?xf32>
  %1 = etch.broadcast_in_dim %0 sizes %m, %n shape = [-1, -1] dims = [0] : (tensor<?xf32>, tensor<i64>, tensor<i64>) -> tensor<?x?xf32>
  %2 = etch.sub %t, %1 : tensor<?x?xf32>
  return %2 : tensor<?x?xf32>
}

// -----

// Through what moves elements, too.
// CHECK-LABEL: func.func @sliced
// CHECK: etch.launch @transpose(%arg0)
// CHECK-NEXT: etch.launch @neg_reduce_sum
// CHECK-NEXT: return
func.func @sliced(%x: tensor<64x100xf32>) -> tensor<100xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<64x100xf32>) -> tensor<100x64xf32>
  %1 = etch.slice %0 starts = [0, 1] limits = [100, 64] strides = [1, 1] : (tensor<100x64xf32>) -> tensor<100x63xf32>
  %2 = etch.neg %1 : tensor<100x63xf32>
  %3 = etch.reduce_sum %2 axes = [1] : (tensor<100x63xf32>) -> tensor<100xf32>
  return %3 : tensor<100xf32>
}

// -----

// Not where rows stay rows, where neighbours lie near each other, or for a few elements.
// CHECK-LABEL: func.func @stay
// CHECK-COUNT-3: etch.launch @neg_reduce_sum
// CHECK-NOT: etch.launch
// CHECK: return
func.func @stay(%x: tensor<8x16x64xf32>, %y: tensor<8x64x3xf32>, %z: tensor<8x16xf32>)
    -> (tensor<16x8xf32>, tensor<8x3xf32>, tensor<16xf32>) {
  %0 = etch.transpose %x permutation = [1, 0, 2] : (tensor<8x16x64xf32>) -> tensor<16x8x64xf32>
  %1 = etch.neg %0 : tensor<16x8x64xf32>
  %2 = etch.reduce_sum %1 axes = [2] : (tensor<16x8x64xf32>) -> tensor<16x8xf32>
  %3 = etch.transpose %y permutation = [0, 2, 1] : (tensor<8x64x3xf32>) -> tensor<8x3x64xf32>
  %4 = etch.neg %3 : tensor<8x3x64xf32>
  %5 = etch.reduce_sum %4 axes = [2] : (tensor<8x3x64xf32>) -> tensor<8x3xf32>
  %6 = etch.transpose %z permutation = [1, 0] : (tensor<8x16xf32>) -> tensor<16x8xf32>
  %7 = etch.neg %6 : tensor<16x8xf32>
  %8 = etch.reduce_sum %7 axes = [1] : (tensor<16x8xf32>) -> tensor<16xf32>
  return %2, %5, %8 : tensor<16x8xf32>, tensor<8x3xf32>, tensor<16xf32>
}
