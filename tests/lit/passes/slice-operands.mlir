// Parts of large computed values are computed of parts.
// RUN: etch-opt %s --etch-slice-operands --split-input-file | FileCheck %s

// The channels of a picture. A slice that both ops read stays one.
// CHECK-LABEL: func.func @channels
// CHECK-SAME: (%[[X:.*]]: tensor<200x100x3xui8>
// CHECK-NOT: tensor<200x100x3xf32>
// CHECK-DAG: %[[RED:.*]] = etch.slice %[[X]] starts = [0, 0, 0]
// CHECK-DAG: %[[BLUE:.*]] = etch.slice %[[X]] starts = [0, 0, 2]
// CHECK-NOT: tensor<200x100x3xf32>
// CHECK-DAG: %[[R:.*]] = etch.cast %[[RED]] {dtype = f32} : (tensor<200x100x1xui8>) -> tensor<200x100x1xf32>
// CHECK-DAG: %[[B:.*]] = etch.cast %[[BLUE]] {dtype = f32} : (tensor<200x100x1xui8>) -> tensor<200x100x1xf32>
// CHECK-DAG: etch.mul %[[R]], %[[R]] : tensor<200x100x1xf32>
// CHECK-DAG: etch.mul %[[B]], %[[B]] : tensor<200x100x1xf32>
// CHECK-NOT: tensor<200x100x3xf32>
// CHECK: return
func.func @channels(%x: tensor<200x100x3xui8>) -> tensor<200x100x1xf32> {
  %0 = etch.cast %x {dtype = f32} : (tensor<200x100x3xui8>) -> tensor<200x100x3xf32>
  %1 = etch.mul %0, %0 : tensor<200x100x3xf32>
  %2 = etch.constant dense<255.0> : tensor<200x100x3xf32>
  %3 = etch.div %1, %2 : tensor<200x100x3xf32>
  %4 = etch.slice %3 starts = [0, 0, 0] limits = [200, 100, 1] strides = [1, 1, 1] : (tensor<200x100x3xf32>) -> tensor<200x100x1xf32>
  %5 = etch.slice %3 starts = [0, 0, 2] limits = [200, 100, 3] strides = [1, 1, 1] : (tensor<200x100x3xf32>) -> tensor<200x100x1xf32>
  %6 = etch.sub %4, %5 : tensor<200x100x1xf32>
  return %6 : tensor<200x100x1xf32>
}

// -----

// What a loop reads parts of is computed before the loop.
// CHECK-LABEL: func.func @in_loop
// CHECK: %[[PART:.*]] = etch.slice %arg0
// CHECK: %[[Y:.*]] = etch.exp %[[PART]] : tensor<20000xf32>
// CHECK: etch.for
// CHECK: etch.add %{{.*}}, %[[Y]]
func.func @in_loop(%x: tensor<40000xf32>, %y: tensor<20000xf32>) -> tensor<20000xf32> {
  %0 = etch.exp %x : tensor<40000xf32>
  %from = etch.constant dense<0> : tensor<i64>
  %to = etch.constant dense<3> : tensor<i64>
  %1 = etch.for %from to %to (%y) : (tensor<i64>, tensor<i64>, tensor<20000xf32>) -> tensor<20000xf32> {
  ^bb0(%i: tensor<i64>, %z: tensor<20000xf32>):
    %2 = etch.slice %0 starts = [0] limits = [20000] strides = [1] : (tensor<40000xf32>) -> tensor<20000xf32>
    %3 = etch.add %z, %2 : tensor<20000xf32>
    etch.yield %3 : tensor<20000xf32>
  }
  return %1 : tensor<20000xf32>
}

// -----

// Parts that overlap would be computed twice.
// CHECK-LABEL: func.func @overlap
// CHECK: etch.exp %arg0 : tensor<40000xf32>
func.func @overlap(%x: tensor<40000xf32>) -> tensor<39998xf32> {
  %0 = etch.exp %x : tensor<40000xf32>
  %1 = etch.slice %0 starts = [0] limits = [39998] strides = [1] : (tensor<40000xf32>) -> tensor<39998xf32>
  %2 = etch.slice %0 starts = [2] limits = [40000] strides = [1] : (tensor<40000xf32>) -> tensor<39998xf32>
  %3 = etch.sub %2, %1 : tensor<39998xf32>
  return %3 : tensor<39998xf32>
}

// -----

// What is read as a whole, too, is stored anyway.
// CHECK-LABEL: func.func @whole
// CHECK: etch.exp %arg0 : tensor<40000xf32>
func.func @whole(%x: tensor<40000xf32>) -> (tensor<40000xf32>, tensor<10xf32>) {
  %0 = etch.exp %x : tensor<40000xf32>
  %1 = etch.slice %0 starts = [0] limits = [10] strides = [1] : (tensor<40000xf32>) -> tensor<10xf32>
  return %0, %1 : tensor<40000xf32>, tensor<10xf32>
}

// -----

// The kernel of the product adds the bias while it has the sums in registers.
// CHECK-LABEL: func.func @gates
// CHECK: etch.add %{{.*}} : tensor<64x1024xf32>
func.func @gates(%x: tensor<64x64xf32>, %w: tensor<64x1024xf32>, %b: tensor<64x1024xf32>) -> tensor<64x512xf32> {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<64x64xf32>, tensor<64x1024xf32>) -> tensor<64x1024xf32>
  %1 = etch.add %0, %b : tensor<64x1024xf32>
  %2 = etch.slice %1 starts = [0, 0] limits = [64, 512] strides = [1, 1] : (tensor<64x1024xf32>) -> tensor<64x512xf32>
  %3 = etch.slice %1 starts = [0, 512] limits = [64, 1024] strides = [1, 1] : (tensor<64x1024xf32>) -> tensor<64x512xf32>
  %4 = etch.mul %2, %3 : tensor<64x512xf32>
  return %4 : tensor<64x512xf32>
}

// -----

// Small values stay in the caches.
// CHECK-LABEL: func.func @small
// CHECK: etch.exp %arg0 : tensor<400xf32>
func.func @small(%x: tensor<400xf32>) -> tensor<10xf32> {
  %0 = etch.exp %x : tensor<400xf32>
  %1 = etch.slice %0 starts = [0] limits = [10] strides = [1] : (tensor<400xf32>) -> tensor<10xf32>
  return %1 : tensor<10xf32>
}

// -----

// A column of what was joined before is that column; the rows are read, too.
// CHECK-LABEL: func.func @columns
// CHECK-SAME: %[[A:.*]]: tensor<40000x1xf32>, %[[B:.*]]: tensor<40000x1xf32>
// CHECK-NOT: etch.slice
// CHECK: etch.neg %[[B]] : tensor<40000x1xf32>
// CHECK: etch.neg %{{.*}} : tensor<40000x2xf32>
// CHECK-NOT: etch.slice
// CHECK: return
func.func @columns(%a: tensor<40000x1xf32>, %b: tensor<40000x1xf32>) -> (tensor<40000x2xf32>, tensor<40000x1xf32>) {
  %0 = etch.concatenate %a, %b axis = 1 : (tensor<40000x1xf32>, tensor<40000x1xf32>) -> tensor<40000x2xf32>
  %1 = etch.neg %0 : tensor<40000x2xf32>
  %2 = etch.slice %1 starts = [0, 1] limits = [40000, 2] strides = [1, 1] : (tensor<40000x2xf32>) -> tensor<40000x1xf32>
  return %1, %2 : tensor<40000x2xf32>, tensor<40000x1xf32>
}
