// softmax(query . key^T) . value becomes attention where nothing else reads what is between and a kernel pays.
// RUN: etch-opt %s --etch-recognize-attention --canonicalize --split-input-file | FileCheck %s

// Scores hidden by positions are causal; the factor of the scores is the query's. A softmax of -inf alone stays NaN.
// CHECK-LABEL: func.func @causal
// CHECK-SAME: (%[[Q:.*]]: tensor<2x32x8xf32>, %[[K:.*]]: tensor<2x8x32xf32>, %[[V:.*]]: tensor<2x32x3xf32>)
// CHECK-DAG: %[[KT:.*]] = etch.transpose %[[K]] permutation = [0, 2, 1]
// CHECK-DAG: %[[S:.*]] = etch.mul %[[Q]], %{{.*}} : tensor<2x32x8xf32>
// CHECK: %[[R:.*]], %[[L:.*]] = etch.dot_product_attention %[[S]], %[[KT]], %[[V]] causal = 1
// CHECK: %[[NONE:.*]] = etch.equal %[[L]]
// CHECK: %[[ALL:.*]] = etch.broadcast_in_dim %[[NONE]]
// CHECK: etch.select %[[ALL]], %{{.*}}, %[[R]]
// CHECK-NOT: etch.exp
func.func @causal(%q: tensor<2x32x8xf32>, %k: tensor<2x8x32xf32>, %v: tensor<2x32x3xf32>) -> tensor<2x32x3xf32> {
  %0 = etch.dot_general %q, %k batch = [0] x [0] contract = [2] x [1] : (tensor<2x32x8xf32>, tensor<2x8x32xf32>) -> tensor<2x32x32xf32>
  %half = etch.constant dense<0.5> : tensor<f32>
  %halves = etch.broadcast_in_dim %half shape = [2, 32, 32] dims = [] : (tensor<f32>) -> tensor<2x32x32xf32>
  %1 = etch.mul %0, %halves : tensor<2x32x32xf32>
  %row = etch.iota shape = [32, 32] axis = 0 {dtype = i64} : () -> tensor<32x32xi64>
  %column = etch.iota shape = [32, 32] axis = 1 {dtype = i64} : () -> tensor<32x32xi64>
  %sees = etch.less_equal %column, %row : (tensor<32x32xi64>, tensor<32x32xi64>) -> tensor<32x32xi1>
  %mask = etch.broadcast_in_dim %sees shape = [2, 32, 32] dims = [1, 2] : (tensor<32x32xi1>) -> tensor<2x32x32xi1>
  %inf = etch.constant dense<0xFF800000> : tensor<2x32x32xf32>
  %2 = etch.select %mask, %1, %inf : tensor<2x32x32xi1>, tensor<2x32x32xf32>
  %3 = etch.reduce_max %2 axes = [2] : (tensor<2x32x32xf32>) -> tensor<2x32xf32>
  %4 = etch.broadcast_in_dim %3 shape = [2, 32, 32] dims = [0, 1] : (tensor<2x32xf32>) -> tensor<2x32x32xf32>
  %5 = etch.sub %2, %4 : tensor<2x32x32xf32>
  %6 = etch.exp %5 : tensor<2x32x32xf32>
  %7 = etch.reduce_sum %6 axes = [2] : (tensor<2x32x32xf32>) -> tensor<2x32xf32>
  %8 = etch.broadcast_in_dim %7 shape = [2, 32, 32] dims = [0, 1] : (tensor<2x32xf32>) -> tensor<2x32x32xf32>
  %9 = etch.div %6, %8 : tensor<2x32x32xf32>
  %10 = etch.dot_general %9, %v batch = [0] x [0] contract = [2] x [1] : (tensor<2x32x32xf32>, tensor<2x32x3xf32>) -> tensor<2x32x3xf32>
  return %10 : tensor<2x32x3xf32>
}

// -----

// A mask keeps the axes it had before it was repeated.
// CHECK-LABEL: func.func @shifted
// CHECK: %[[M:.*]] = etch.reshape %{{.*}} shape = [1, 1, 32]
// CHECK: etch.dot_product_attention %{{.*}}, %{{.*}}, %{{.*}} mask = %[[M]] causal = 0
func.func @shifted(%q: tensor<2x32x8xf64>, %k: tensor<2x32x8xf64>, %v: tensor<2x32x3xf64>, %m: tensor<32xf64>) -> tensor<2x32x3xf64> {
  %0 = etch.dot_general %q, %k batch = [0] x [0] contract = [2] x [2] : (tensor<2x32x8xf64>, tensor<2x32x8xf64>) -> tensor<2x32x32xf64>
  %mask = etch.broadcast_in_dim %m shape = [2, 32, 32] dims = [2] : (tensor<32xf64>) -> tensor<2x32x32xf64>
  %2 = etch.add %0, %mask : tensor<2x32x32xf64>
  %3 = etch.reduce_max %2 axes = [2] : (tensor<2x32x32xf64>) -> tensor<2x32xf64>
  %4 = etch.broadcast_in_dim %3 shape = [2, 32, 32] dims = [0, 1] : (tensor<2x32xf64>) -> tensor<2x32x32xf64>
  %5 = etch.sub %2, %4 : tensor<2x32x32xf64>
  %6 = etch.exp %5 : tensor<2x32x32xf64>
  %7 = etch.reduce_sum %6 axes = [2] : (tensor<2x32x32xf64>) -> tensor<2x32xf64>
  %8 = etch.broadcast_in_dim %7 shape = [2, 32, 32] dims = [0, 1] : (tensor<2x32xf64>) -> tensor<2x32x32xf64>
  %9 = etch.div %6, %8 : tensor<2x32x32xf64>
  %10 = etch.dot_general %9, %v batch = [0] x [0] contract = [2] x [1] : (tensor<2x32x32xf64>, tensor<2x32x3xf64>) -> tensor<2x32x3xf64>
  return %10 : tensor<2x32x3xf64>
}

// -----

// So few scores are as fast stored.
// CHECK-LABEL: func.func @few
// CHECK-NOT: etch.dot_product_attention
func.func @few(%q: tensor<31x8xf32>, %k: tensor<33x8xf32>, %v: tensor<33x3xf32>) -> tensor<31x3xf32> {
  %0 = etch.dot_general %q, %k batch = [] x [] contract = [1] x [1] : (tensor<31x8xf32>, tensor<33x8xf32>) -> tensor<31x33xf32>
  %3 = etch.reduce_max %0 axes = [1] : (tensor<31x33xf32>) -> tensor<31xf32>
  %4 = etch.broadcast_in_dim %3 shape = [31, 33] dims = [0] : (tensor<31xf32>) -> tensor<31x33xf32>
  %5 = etch.sub %0, %4 : tensor<31x33xf32>
  %6 = etch.exp %5 : tensor<31x33xf32>
  %7 = etch.reduce_sum %6 axes = [1] : (tensor<31x33xf32>) -> tensor<31xf32>
  %8 = etch.broadcast_in_dim %7 shape = [31, 33] dims = [0] : (tensor<31xf32>) -> tensor<31x33xf32>
  %9 = etch.div %6, %8 : tensor<31x33xf32>
  %10 = etch.dot_general %9, %v batch = [] x [] contract = [1] x [0] : (tensor<31x33xf32>, tensor<33x3xf32>) -> tensor<31x3xf32>
  return %10 : tensor<31x3xf32>
}

// -----

// A mask that says what is hidden, by a number: who sees nothing gets the mean of the values.
// CHECK-LABEL: func.func @hidden
// CHECK-SAME: (%[[Q:.*]]: tensor<2x32x8xf32>, %[[K:.*]]: tensor<2x32x8xf32>, %[[V:.*]]: tensor<2x32x3xf32>, %[[M:.*]]: tensor<32xi1>)
// CHECK-DAG: %[[ROW:.*]] = etch.reshape %[[M]] shape = [1, 1, 32]
// CHECK-DAG: %[[SEEN:.*]] = etch.logical_not %[[ROW]]
// CHECK: %[[R:.*]], %{{.*}} = etch.dot_product_attention %[[Q]], %[[K]], %[[V]] mask = %[[SEEN]] causal = 0
// CHECK-DAG: %[[TOTAL:.*]] = etch.reduce_sum %[[V]] axes = [1]
// CHECK-DAG: %[[MEAN:.*]] = etch.div %[[TOTAL]]
// CHECK-DAG: %[[MEANS:.*]] = etch.broadcast_in_dim %[[MEAN]] shape = [2, 32, 3] dims = [0, 2]
// CHECK: etch.select %{{.*}}, %[[MEANS]], %[[R]]
func.func @hidden(%q: tensor<2x32x8xf32>, %k: tensor<2x32x8xf32>, %v: tensor<2x32x3xf32>, %m: tensor<32xi1>) -> tensor<2x32x3xf32> {
  %0 = etch.dot_general %q, %k batch = [0] x [0] contract = [2] x [2] : (tensor<2x32x8xf32>, tensor<2x32x8xf32>) -> tensor<2x32x32xf32>
  %mask = etch.broadcast_in_dim %m shape = [2, 32, 32] dims = [2] : (tensor<32xi1>) -> tensor<2x32x32xi1>
  %low = etch.constant dense<-1.0e9> : tensor<2x32x32xf32>
  %2 = etch.select %mask, %low, %0 : tensor<2x32x32xi1>, tensor<2x32x32xf32>
  %3 = etch.reduce_max %2 axes = [2] : (tensor<2x32x32xf32>) -> tensor<2x32xf32>
  %4 = etch.broadcast_in_dim %3 shape = [2, 32, 32] dims = [0, 1] : (tensor<2x32xf32>) -> tensor<2x32x32xf32>
  %5 = etch.sub %2, %4 : tensor<2x32x32xf32>
  %6 = etch.exp %5 : tensor<2x32x32xf32>
  %7 = etch.reduce_sum %6 axes = [2] : (tensor<2x32x32xf32>) -> tensor<2x32xf32>
  %8 = etch.broadcast_in_dim %7 shape = [2, 32, 32] dims = [0, 1] : (tensor<2x32xf32>) -> tensor<2x32x32xf32>
  %9 = etch.div %6, %8 : tensor<2x32x32xf32>
  %10 = etch.dot_general %9, %v batch = [0] x [0] contract = [2] x [1] : (tensor<2x32x32xf32>, tensor<2x32x3xf32>) -> tensor<2x32x3xf32>
  return %10 : tensor<2x32x3xf32>
}

// -----

// Keys before queries, and a mask beside positions.
// CHECK-LABEL: func.func @keys_first
// CHECK-SAME: (%[[Q:.*]]: tensor<2x32x8xf32>, %[[K:.*]]: tensor<2x32x8xf32>, %[[V:.*]]: tensor<2x32x3xf32>, %[[M:.*]]: tensor<2x32x32xf32>)
// CHECK: etch.dot_product_attention %[[Q]], %[[K]], %[[V]] mask = %[[M]] causal = 1
func.func @keys_first(%q: tensor<2x32x8xf32>, %k: tensor<2x32x8xf32>, %v: tensor<2x32x3xf32>, %m: tensor<2x32x32xf32>) -> tensor<2x32x3xf32> {
  %t = etch.dot_general %k, %q batch = [0] x [0] contract = [2] x [2] : (tensor<2x32x8xf32>, tensor<2x32x8xf32>) -> tensor<2x32x32xf32>
  %0 = etch.transpose %t permutation = [0, 2, 1] : (tensor<2x32x32xf32>) -> tensor<2x32x32xf32>
  %1 = etch.add %m, %0 : tensor<2x32x32xf32>
  %row = etch.iota shape = [32, 32] axis = 0 {dtype = i64} : () -> tensor<32x32xi64>
  %column = etch.iota shape = [32, 32] axis = 1 {dtype = i64} : () -> tensor<32x32xi64>
  %later = etch.greater %column, %row : (tensor<32x32xi64>, tensor<32x32xi64>) -> tensor<32x32xi1>
  %mask = etch.broadcast_in_dim %later shape = [2, 32, 32] dims = [1, 2] : (tensor<32x32xi1>) -> tensor<2x32x32xi1>
  %inf = etch.constant dense<0xFF800000> : tensor<2x32x32xf32>
  %2 = etch.select %mask, %inf, %1 : tensor<2x32x32xi1>, tensor<2x32x32xf32>
  %3 = etch.reduce_max %2 axes = [2] : (tensor<2x32x32xf32>) -> tensor<2x32xf32>
  %4 = etch.broadcast_in_dim %3 shape = [2, 32, 32] dims = [0, 1] : (tensor<2x32xf32>) -> tensor<2x32x32xf32>
  %5 = etch.sub %2, %4 : tensor<2x32x32xf32>
  %6 = etch.exp %5 : tensor<2x32x32xf32>
  %7 = etch.reduce_sum %6 axes = [2] : (tensor<2x32x32xf32>) -> tensor<2x32xf32>
  %8 = etch.broadcast_in_dim %7 shape = [2, 32, 32] dims = [0, 1] : (tensor<2x32xf32>) -> tensor<2x32x32xf32>
  %9 = etch.div %6, %8 : tensor<2x32x32xf32>
  %10 = etch.dot_general %9, %v batch = [0] x [0] contract = [2] x [1] : (tensor<2x32x32xf32>, tensor<2x32x3xf32>) -> tensor<2x32x3xf32>
  return %10 : tensor<2x32x3xf32>
}

// -----

// Where other scores may be -inf, too, a number would have weight.
// CHECK-LABEL: func.func @number_beside_mask
// CHECK-NOT: etch.dot_product_attention
func.func @number_beside_mask(%q: tensor<2x32x8xf32>, %k: tensor<2x32x8xf32>, %v: tensor<2x32x3xf32>, %m: tensor<2x32x32xf32>) -> tensor<2x32x3xf32> {
  %0 = etch.dot_general %q, %k batch = [0] x [0] contract = [2] x [2] : (tensor<2x32x8xf32>, tensor<2x32x8xf32>) -> tensor<2x32x32xf32>
  %1 = etch.add %m, %0 : tensor<2x32x32xf32>
  %row = etch.iota shape = [32, 32] axis = 0 {dtype = i64} : () -> tensor<32x32xi64>
  %column = etch.iota shape = [32, 32] axis = 1 {dtype = i64} : () -> tensor<32x32xi64>
  %later = etch.greater %column, %row : (tensor<32x32xi64>, tensor<32x32xi64>) -> tensor<32x32xi1>
  %mask = etch.broadcast_in_dim %later shape = [2, 32, 32] dims = [1, 2] : (tensor<32x32xi1>) -> tensor<2x32x32xi1>
  %low = etch.constant dense<-1.0e9> : tensor<2x32x32xf32>
  %2 = etch.select %mask, %low, %1 : tensor<2x32x32xi1>, tensor<2x32x32xf32>
  %3 = etch.reduce_max %2 axes = [2] : (tensor<2x32x32xf32>) -> tensor<2x32xf32>
  %4 = etch.broadcast_in_dim %3 shape = [2, 32, 32] dims = [0, 1] : (tensor<2x32xf32>) -> tensor<2x32x32xf32>
  %5 = etch.sub %2, %4 : tensor<2x32x32xf32>
  %6 = etch.exp %5 : tensor<2x32x32xf32>
  %7 = etch.reduce_sum %6 axes = [2] : (tensor<2x32x32xf32>) -> tensor<2x32xf32>
  %8 = etch.broadcast_in_dim %7 shape = [2, 32, 32] dims = [0, 1] : (tensor<2x32xf32>) -> tensor<2x32x32xf32>
  %9 = etch.div %6, %8 : tensor<2x32x32xf32>
  %10 = etch.dot_general %9, %v batch = [0] x [0] contract = [2] x [1] : (tensor<2x32x32xf32>, tensor<2x32x3xf32>) -> tensor<2x32x3xf32>
  return %10 : tensor<2x32x3xf32>
}
