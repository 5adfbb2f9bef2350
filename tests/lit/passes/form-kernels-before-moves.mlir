// Elementwise ops whose results are only moved are computed by the kernel that reads them at their new places.
// RUN: etch-opt %s --etch-form-kernels --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @border
// CHECK-NEXT: %[[P:.*]] = etch.launch @[[K:.*]](%arg0, %arg1)
// CHECK-NEXT: return %[[P]]
// CHECK: func.func private @[[K]]
// CHECK: etch.add
// CHECK: etch.pad
func.func @border(%x: tensor<30x40xf32>, %y: tensor<30x40xf32>) -> tensor<32x42xf32> {
  %zero = etch.constant dense<0.0> : tensor<f32>
  %0 = etch.add %x, %y : tensor<30x40xf32>
  %1 = etch.pad %0, %zero low = [1, 1] high = [1, 1] interior = [0, 0] : (tensor<30x40xf32>, tensor<f32>) -> tensor<32x42xf32>
  return %1 : tensor<32x42xf32>
}

// -----

// Through several moves, and into a kernel that goes on computing.
// CHECK-LABEL: func.func @chain
// CHECK-COUNT-1: etch.launch
// CHECK-NOT: etch.launch
// CHECK: return
func.func @chain(%x: tensor<30x40xf32>, %y: tensor<20x30xf32>) -> tensor<20x30xf32> {
  %0 = etch.exp %x : tensor<30x40xf32>
  %1 = etch.slice %0 starts = [5, 10] limits = [25, 40] strides = [1, 1] : (tensor<30x40xf32>) -> tensor<20x30xf32>
  %2 = etch.reverse %1 axes = [0] : (tensor<20x30xf32>) -> tensor<20x30xf32>
  %3 = etch.add %2, %y : tensor<20x30xf32>
  return %3 : tensor<20x30xf32>
}

// -----

// Both halves of a concatenation come from one group, which has an op in common.
// CHECK-LABEL: func.func @halves
// CHECK-NEXT: etch.launch
// CHECK-NEXT: return
func.func @halves(%x: tensor<8x40xf32>) -> tensor<8x80xf32> {
  %0 = etch.neg %x : tensor<8x40xf32>
  %1 = etch.sin %0 : tensor<8x40xf32>
  %2 = etch.cos %0 : tensor<8x40xf32>
  %3 = etch.concatenate %1, %2 axis = 1 : (tensor<8x40xf32>, tensor<8x40xf32>) -> tensor<8x80xf32>
  return %3 : tensor<8x80xf32>
}

// -----

// A stack is a view of a concatenation: one kernel. Along the rows its elements lie in turn, and the kernel follows the
// views of its columns.
// CHECK-LABEL: func.func @stacked
// CHECK-NEXT: %[[A:.*]] = etch.launch {{.*}} -> tensor<16x40xf32>
// CHECK-NEXT: %[[B:.*]] = etch.reshape %[[A]] shape = [2, 8, 40]
// CHECK-NEXT: return %[[B]]
func.func @stacked(%x: tensor<8x40xf32>, %y: tensor<8x40xf32>) -> tensor<2x8x40xf32> {
  %0 = etch.exp %x : tensor<8x40xf32>
  %1 = etch.reshape %0 shape = [1, 8, 40] : (tensor<8x40xf32>) -> tensor<1x8x40xf32>
  %2 = etch.reshape %y shape = [1, 8, 40] : (tensor<8x40xf32>) -> tensor<1x8x40xf32>
  %3 = etch.concatenate %1, %2 axis = 0 : (tensor<1x8x40xf32>, tensor<1x8x40xf32>) -> tensor<2x8x40xf32>
  return %3 : tensor<2x8x40xf32>
}
// CHECK-LABEL: func.func @interleaved
// CHECK: etch.launch
// CHECK-SAME: -> tensor<8x40x2xf32>
// CHECK-NOT: etch.launch
// CHECK: return
// CHECK: func.func private
// CHECK: %[[E:.*]] = etch.exp
// CHECK: etch.reshape %[[E]] shape = [8, 40, 1] {etch.followed}
func.func @interleaved(%x: tensor<8x40xf32>, %y: tensor<8x40xf32>) -> tensor<8x40x2xf32> {
  %0 = etch.exp %x : tensor<8x40xf32>
  %1 = etch.reshape %0 shape = [8, 40, 1] : (tensor<8x40xf32>) -> tensor<8x40x1xf32>
  %2 = etch.reshape %y shape = [8, 40, 1] : (tensor<8x40xf32>) -> tensor<8x40x1xf32>
  %3 = etch.concatenate %1, %2 axis = 2 : (tensor<8x40x1xf32>, tensor<8x40x1xf32>) -> tensor<8x40x2xf32>
  return %3 : tensor<8x40x2xf32>
}

// -----

// What has two readers is stored, and so is what both halves would compute again.
// CHECK-LABEL: func.func @read_twice
// CHECK-COUNT-2: etch.launch
// CHECK: return
func.func @read_twice(%x: tensor<30x40xf32>) -> (tensor<20x40xf32>, tensor<30x40xf32>) {
  %0 = etch.exp %x : tensor<30x40xf32>
  %1 = etch.slice %0 starts = [5, 0] limits = [25, 40] strides = [1, 1] : (tensor<30x40xf32>) -> tensor<20x40xf32>
  return %1, %0 : tensor<20x40xf32>, tensor<30x40xf32>
}
// CHECK-LABEL: func.func @dear_in_common
// CHECK-COUNT-2: etch.launch
// CHECK: return
func.func @dear_in_common(%x: tensor<8x40xf32>) -> tensor<8x80xf32> {
  %0 = etch.exp %x : tensor<8x40xf32>
  %1 = etch.neg %0 : tensor<8x40xf32>
  %2 = etch.abs %0 : tensor<8x40xf32>
  %3 = etch.concatenate %1, %2 axis = 1 : (tensor<8x40xf32>, tensor<8x40xf32>) -> tensor<8x80xf32>
  return %3 : tensor<8x80xf32>
}

// -----

// Rows that become columns, and rows of less than a vector, are moved by kernels of their own.
// CHECK-LABEL: func.func @columns
// CHECK-COUNT-2: etch.launch
// CHECK: return
func.func @columns(%x: tensor<30x40xf32>) -> tensor<40x30xf32> {
  %0 = etch.exp %x : tensor<30x40xf32>
  %1 = etch.transpose %0 permutation = [1, 0] : (tensor<30x40xf32>) -> tensor<40x30xf32>
  return %1 : tensor<40x30xf32>
}
// CHECK-LABEL: func.func @rows_as_they_lie
// CHECK-COUNT-1: etch.launch
// CHECK-NOT: etch.launch
// CHECK: return
func.func @rows_as_they_lie(%x: tensor<3x30x40xf32>) -> tensor<30x3x40xf32> {
  %0 = etch.exp %x : tensor<3x30x40xf32>
  %1 = etch.transpose %0 permutation = [1, 0, 2] : (tensor<3x30x40xf32>) -> tensor<30x3x40xf32>
  return %1 : tensor<30x3x40xf32>
}
// CHECK-LABEL: func.func @short_rows
// CHECK-COUNT-2: etch.launch
// CHECK: return
func.func @short_rows(%x: tensor<300x3xf32>, %y: tensor<300x3xf32>) -> tensor<600x3xf32> {
  %0 = etch.exp %x : tensor<300x3xf32>
  %1 = etch.concatenate %0, %y axis = 0 : (tensor<300x3xf32>, tensor<300x3xf32>) -> tensor<600x3xf32>
  return %1 : tensor<600x3xf32>
}

// -----

// The two parts of what is rolled make one kernel: each element goes to one place.
// CHECK-LABEL: func.func @rolled
// CHECK-COUNT-1: etch.launch
// CHECK-NOT: etch.launch
// CHECK: return
func.func @rolled(%x: tensor<8x40xf32>) -> tensor<8x40xf32> {
  %0 = etch.exp %x : tensor<8x40xf32>
  %1 = etch.slice %0 starts = [7, 0] limits = [8, 40] strides = [1, 1] : (tensor<8x40xf32>) -> tensor<1x40xf32>
  %2 = etch.slice %0 starts = [0, 0] limits = [7, 40] strides = [1, 1] : (tensor<8x40xf32>) -> tensor<7x40xf32>
  %3 = etch.concatenate %1, %2 axis = 0 : (tensor<1x40xf32>, tensor<7x40xf32>) -> tensor<8x40xf32>
  %4 = etch.abs %3 : tensor<8x40xf32>
  return %4 : tensor<8x40xf32>
}

// -----

// Neighbours: what is cheap is computed for each of two, exponentials once.
// CHECK-LABEL: func.func @cheap_neighbours
// CHECK-COUNT-1: etch.launch
// CHECK-NOT: etch.launch
// CHECK: return
func.func @cheap_neighbours(%x: tensor<40xf32>, %y: tensor<40xf32>) -> tensor<39xf32> {
  %0 = etch.mul %x, %y : tensor<40xf32>
  %1 = etch.slice %0 starts = [1] limits = [40] strides = [1] : (tensor<40xf32>) -> tensor<39xf32>
  %2 = etch.slice %0 starts = [0] limits = [39] strides = [1] : (tensor<40xf32>) -> tensor<39xf32>
  %3 = etch.sub %1, %2 : tensor<39xf32>
  return %3 : tensor<39xf32>
}

// -----

// CHECK-LABEL: func.func @dear_neighbours
// CHECK-COUNT-2: etch.launch
// CHECK: return
func.func @dear_neighbours(%x: tensor<40xf32>) -> tensor<39xf32> {
  %0 = etch.exp %x : tensor<40xf32>
  %1 = etch.slice %0 starts = [1] limits = [40] strides = [1] : (tensor<40xf32>) -> tensor<39xf32>
  %2 = etch.slice %0 starts = [0] limits = [39] strides = [1] : (tensor<40xf32>) -> tensor<39xf32>
  %3 = etch.sub %1, %2 : tensor<39xf32>
  return %3 : tensor<39xf32>
}

// -----

// A reduction that passes over rows once computes what it folds; softmax would compute it in each pass.
// CHECK-LABEL: func.func @reduced
// CHECK: etch.launch @reduce_sum
// CHECK-NEXT: return
func.func @reduced(%x: tensor<8x40xf32>, %y: tensor<8x40xf32>, %v: tensor<f32>) -> tensor<8xf32> {
  %0 = etch.add %x, %y : tensor<8x40xf32>
  %1 = etch.pad %0, %v low = [0, 2] high = [0, 3] interior = [0, 0] : (tensor<8x40xf32>, tensor<f32>) -> tensor<8x45xf32>
  %2 = etch.reduce_sum %1 axes = [1] : (tensor<8x45xf32>) -> tensor<8xf32>
  return %2 : tensor<8xf32>
}

// -----

// Channels of pixels that become planes.
// CHECK-LABEL: func.func @planes
// CHECK-COUNT-1: etch.launch
// CHECK-NOT: etch.launch
// CHECK: return
func.func @planes(%x: tensor<8x40x3xui8>) -> tensor<3x8x40xf32> {
  %0 = etch.cast %x {dtype = f32} : (tensor<8x40x3xui8>) -> tensor<8x40x3xf32>
  %1 = etch.sqrt %0 : tensor<8x40x3xf32>
  %2 = etch.transpose %1 permutation = [2, 0, 1] : (tensor<8x40x3xf32>) -> tensor<3x8x40xf32>
  return %2 : tensor<3x8x40xf32>
}

// -----

// Of more of them, elements would be gathered.
// CHECK-LABEL: func.func @many_planes
// CHECK-COUNT-2: etch.launch
// CHECK: return
func.func @many_planes(%x: tensor<8x40x6xf32>) -> tensor<6x8x40xf32> {
  %0 = etch.sqrt %x : tensor<8x40x6xf32>
  %1 = etch.transpose %0 permutation = [2, 0, 1] : (tensor<8x40x6xf32>) -> tensor<6x8x40xf32>
  return %1 : tensor<6x8x40xf32>
}

// -----

// Columns that share what they are computed from are one kernel with what joins them, and with what is computed of
// their rows.
// CHECK-LABEL: func.func @joined
// CHECK-COUNT-1: etch.launch
// CHECK-NOT: etch.launch
// CHECK: return
func.func @joined(%x: tensor<4000x3xf32>, %y: tensor<4000x1xf32>) -> (tensor<4000xf32>, tensor<4000x3xf32>) {
  %0 = etch.tanh %y : tensor<4000x1xf32>
  %1 = etch.square %0 : tensor<4000x1xf32>
  %2 = etch.add %0, %1 : tensor<4000x1xf32>
  %3 = etch.concatenate %0, %1, %2 axis = 1 : (tensor<4000x1xf32>, tensor<4000x1xf32>, tensor<4000x1xf32>) -> tensor<4000x3xf32>
  %4 = etch.mul %3, %x : tensor<4000x3xf32>
  %5 = etch.reduce_sum %4 axes = [1] : (tensor<4000x3xf32>) -> tensor<4000xf32>
  return %5, %4 : tensor<4000xf32>, tensor<4000x3xf32>
}

// -----

// A column that is returned, too, is stored; thirteen columns, and rows of fewer than sixteen, are joined in memory.
// CHECK-LABEL: func.func @returned
// CHECK-COUNT-2: etch.launch
func.func @returned(%x: tensor<400x1xf32>) -> (tensor<400x2xf32>, tensor<400x1xf32>) {
  %0 = etch.square %x : tensor<400x1xf32>
  %1 = etch.concatenate %x, %0 axis = 1 : (tensor<400x1xf32>, tensor<400x1xf32>) -> tensor<400x2xf32>
  return %1, %0 : tensor<400x2xf32>, tensor<400x1xf32>
}
// CHECK-LABEL: func.func @many
// CHECK-COUNT-2: etch.launch
func.func @many(%x: tensor<400x1xf32>, %y: tensor<400x12xf32>) -> tensor<400x13xf32> {
  %0 = etch.square %x : tensor<400x1xf32>
  %1 = etch.concatenate %0, %y axis = 1 : (tensor<400x1xf32>, tensor<400x12xf32>) -> tensor<400x13xf32>
  return %1 : tensor<400x13xf32>
}
// CHECK-LABEL: func.func @few_rows
// CHECK-COUNT-2: etch.launch
func.func @few_rows(%x: tensor<9x1xf32>, %y: tensor<9x2xf32>) -> tensor<9x3xf32> {
  %0 = etch.square %x : tensor<9x1xf32>
  %1 = etch.concatenate %0, %y axis = 1 : (tensor<9x1xf32>, tensor<9x2xf32>) -> tensor<9x3xf32>
  return %1 : tensor<9x3xf32>
}

// -----

// A column of points that is computed with is read where it is.
// CHECK-LABEL: func.func @column
// CHECK-COUNT-1: etch.launch
// CHECK-NOT: etch.launch
// CHECK: return
// CHECK: etch.reshape %{{.*}} shape = [4000] {etch.followed}
func.func @column(%p: tensor<4000x3xf32>, %t: tensor<4000xf32>) -> tensor<4000xf32> {
  %0 = etch.slice %p starts = [0, 1] limits = [4000, 2] strides = [1, 1] : (tensor<4000x3xf32>) -> tensor<4000x1xf32>
  %1 = etch.reshape %0 shape = [4000] : (tensor<4000x1xf32>) -> tensor<4000xf32>
  %2 = etch.mul %1, %t : tensor<4000xf32>
  return %2 : tensor<4000xf32>
}

// -----

// Where a loop computes with a column, it is copied before the loop.
// CHECK-LABEL: func.func @column_of_loop
// CHECK: etch.launch @slice
// CHECK: etch.for
// CHECK-COUNT-1: etch.launch
// CHECK-NOT: etch.launch
// CHECK: etch.yield
func.func @column_of_loop(%p: tensor<4000x3xf32>, %t: tensor<4000xf32>) -> tensor<4000xf32> {
  %c0 = etch.constant dense<0> : tensor<i64>
  %c9 = etch.constant dense<9> : tensor<i64>
  %0 = etch.slice %p starts = [0, 1] limits = [4000, 2] strides = [1, 1] : (tensor<4000x3xf32>) -> tensor<4000x1xf32>
  %1 = etch.reshape %0 shape = [4000] : (tensor<4000x1xf32>) -> tensor<4000xf32>
  %2 = etch.for %c0 to %c9 (%t) : (tensor<i64>, tensor<i64>, tensor<4000xf32>) -> tensor<4000xf32> {
  ^bb0(%i: tensor<i64>, %x: tensor<4000xf32>):
    %3 = etch.mul %x, %1 : tensor<4000xf32>
    etch.yield %3 : tensor<4000xf32>
  }
  return %2 : tensor<4000xf32>
}
