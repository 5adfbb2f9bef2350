// Pooling runs over vectors of channels; taps outside the operand are left out.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Two results of a row together, all channels of each: two elements of each of its windows' rows, as they lie in memory.
// Two rows of the operand and one of the results are fetched for the next ones: of 2048 bytes and of 512, a half by
// each tile of a row.
// CHECK-LABEL: func.func private @reduce_window_max
// CHECK-NOT: scf.if
// CHECK-COUNT-16: "llvm.intr.prefetch"({{.*}}rw = 0
// CHECK-COUNT-4: "llvm.intr.prefetch"({{.*}}rw = 1
// CHECK-NOT: llvm.intr.prefetch
// CHECK-COUNT-8: arith.maximumf {{.*}} : vector<16xf32>
// CHECK-NOT: arith.maximumf
// CHECK: scf.yield
// CHECK-COUNT-4: llvm.store
func.func @max(%x: tensor<2x8x8x32xf32>) -> tensor<2x4x4x32xf32> {
  %0 = etch.reduce_window_max %x window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<2x8x8x32xf32>) -> tensor<2x4x4x32xf32>
  return %0 : tensor<2x4x4x32xf32>
}

// -----

// At the ends of a row the elements that are missing are left out when code is emitted; each is read once for all
// windows of a tile it is in: three for two results, five additions, of two vectors each; inside four and six.
// CHECK-LABEL: func.func private @reduce_window_sum
// CHECK-NOT: scf.if
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-6: llvm.load {{.*}} -> vector<16xf32>
// CHECK-NOT: llvm.load
// CHECK: scf.yield
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-12: arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT: arith.addf
// CHECK: scf.yield
func.func @sum(%x: tensor<2x8x8x32xf32>) -> tensor<2x8x8x32xf32> {
  %0 = etch.reduce_window_sum %x window = [1, 3, 3, 1] strides = [1, 1, 1, 1] low = [0, 1, 1, 0] high = [0, 1, 1, 0] dilation = [1, 1, 1, 1] x [1, 1, 1, 1] : (tensor<2x8x8x32xf32>) -> tensor<2x8x8x32xf32>
  return %0 : tensor<2x8x8x32xf32>
}

// -----

// Where four or more windows of a row share an element it is read once for four of them: eight for a window row.
// CHECK-LABEL: func.func private @reduce_window_sum
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-8: llvm.load {{.*}} -> vector<16xf32>
// CHECK-NOT: llvm.load
// CHECK: scf.yield
// CHECK-COUNT-4: llvm.store
// CHECK-NOT: llvm.store
func.func @shared(%x: tensor<2x8x8x32xf32>) -> tensor<2x4x4x32xf32> {
  %0 = etch.reduce_window_sum %x window = [1, 5, 5, 1] strides = [1, 1, 1, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] x [1, 1, 1, 1] : (tensor<2x8x8x32xf32>) -> tensor<2x4x4x32xf32>
  return %0 : tensor<2x4x4x32xf32>
}

// -----

// Gaps, the derivative of windows 2 apart: results in phases, whose windows meet two elements and one. Those that lie
// between each other are stored in turn.
// CHECK-LABEL: func.func private @reduce_window_sum
// CHECK-COUNT-6: arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT: arith.addf
// CHECK-COUNT-4: llvm.store
// CHECK-COUNT-4: arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT: arith.addf
// CHECK-COUNT-4: llvm.store
// CHECK-COUNT-8: arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT: arith.addf
// CHECK-COUNT-4: llvm.store
// CHECK-COUNT-4: arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT: arith.addf
// CHECK-COUNT-4: llvm.store
func.func @gaps(%g: tensor<2x1x4x32xf32>) -> tensor<2x1x8x32xf32> {
  %0 = etch.reduce_window_sum %g window = [1, 1, 3, 1] strides = [1, 1, 1, 1] low = [0, 0, 2, 0] high = [0, 0, 1, 0] dilation = [1, 1, 2, 1] x [1, 1, 1, 1] : (tensor<2x1x4x32xf32>) -> tensor<2x1x8x32xf32>
  return %0 : tensor<2x1x8x32xf32>
}

// -----

// What is done with sums and maxima is done before they are stored.
// CHECK-LABEL: func.func private @reduce_window_max
// CHECK-SAME: etch.ops = "reduce_window_max {{.*}}maximum"
// CHECK: llvm.store
func.func @behind(%x: tensor<2x8x8x32xf32>) -> tensor<2x4x4x32xf32> {
  %zero = etch.constant dense<0.0> : tensor<2x4x4x32xf32>
  %0 = etch.reduce_window_max %x window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<2x8x8x32xf32>) -> tensor<2x4x4x32xf32>
  %1 = etch.maximum %0, %zero : tensor<2x4x4x32xf32>
  return %1 : tensor<2x4x4x32xf32>
}

// -----

// Windows of unknown extents test each element, and go one by one.
// CHECK-LABEL: func.func private @reduce_window_sum
// CHECK: scf.if
// CHECK: arith.addf {{.*}} : vector<16xf32>
func.func @unknown(%x: tensor<2x?x?x32xf32>) -> tensor<2x?x?x32xf32> {
  %0 = etch.reduce_window_sum %x window = [1, 3, 3, 1] strides = [1, 1, 1, 1] low = [0, 1, 1, 0] high = [0, 1, 1, 0] dilation = [1, 1, 1, 1] x [1, 1, 1, 1] : (tensor<2x?x?x32xf32>) -> tensor<2x?x?x32xf32>
  return %0 : tensor<2x?x?x32xf32>
}

// -----

// Windows that share nothing and cover all write every element once: no zeros first, no sums read. Two windows of a row
// are together, with all channels, and their rows, which all windows have, are written out.
// CHECK-LABEL: func.func private @select_and_scatter_add
// CHECK-NOT: llvm.intr.memset
// CHECK-COUNT-16: arith.cmpf ugt, {{.*}} : vector<16xf32>
// CHECK-NOT: arith.cmpf ugt
// CHECK-COUNT-4: llvm.load {{.*}} -> vector<16xf32>
// CHECK-NOT: llvm.load
// CHECK-COUNT-16: llvm.store {{.*}} : vector<16xf32>, !llvm.ptr
// CHECK-NOT: llvm.store
func.func @scatter(%x: tensor<2x8x8x32xf32>, %g: tensor<2x4x4x32xf32>) -> tensor<2x8x8x32xf32> {
  %0 = etch.select_and_scatter_add %x, %g window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<2x8x8x32xf32>, tensor<2x4x4x32xf32>) -> tensor<2x8x8x32xf32>
  return %0 : tensor<2x8x8x32xf32>
}

// -----

// Overlapping ones add up in the result, and nothing is zero before: rows that the windows above have met are read and
// added to, the others are stored by the first windows that meet them. Of those the second tile of two windows reads the
// first pixel, of five, which the tile before has met.
// CHECK-LABEL: func.func private @select_and_scatter_add
// CHECK-NOT: llvm.intr.memset
// CHECK: arith.cmpi eq, {{.*}} : i64
// CHECK: scf.for
// CHECK-COUNT-10: llvm.load {{.*}} -> vector<16xf32>
// CHECK: scf.for
// CHECK-NOT: llvm.load
// CHECK-COUNT-10: llvm.store {{.*}} : vector<16xf32>
// CHECK: arith.cmpi eq, {{.*}} : i64
// CHECK: scf.for
// CHECK: scf.for
// CHECK-COUNT-2: llvm.load {{.*}} -> vector<16xf32>
// CHECK-NOT: llvm.load
// CHECK-NOT: llvm.intr.memset
// CHECK: return
func.func @overlap(%x: tensor<2x9x9x32xf32>, %g: tensor<2x4x4x32xf32>) -> tensor<2x9x9x32xf32> {
  %0 = etch.select_and_scatter_add %x, %g window = [1, 3, 3, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<2x9x9x32xf32>, tensor<2x4x4x32xf32>) -> tensor<2x9x9x32xf32>
  return %0 : tensor<2x9x9x32xf32>
}

// -----

// Of dilated windows the result is zero before, and all is added.
// CHECK-LABEL: func.func private @select_and_scatter_add
// CHECK: llvm.intr.memset
// CHECK: arith.addf
func.func @dilated(%x: tensor<2x9x9x32xf32>, %g: tensor<2x5x5x32xf32>) -> tensor<2x9x9x32xf32> {
  %0 = etch.select_and_scatter_add %x, %g window = [1, 3, 3, 1] strides = [1, 1, 1, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 2, 2, 1] : (tensor<2x9x9x32xf32>, tensor<2x5x5x32xf32>) -> tensor<2x9x9x32xf32>
  return %0 : tensor<2x9x9x32xf32>
}

// -----

// CHECK-LABEL: func.func private @select_and_gather
// CHECK: arith.cmpf ugt
// CHECK: arith.select
func.func @gather(%x: tensor<2x8x8x32xf32>, %v: tensor<2x8x8x32xf32>) -> tensor<2x4x4x32xf32> {
  %0 = etch.select_and_gather %x, %v window = [1, 2, 2, 1] strides = [1, 2, 2, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<2x8x8x32xf32>, tensor<2x8x8x32xf32>) -> tensor<2x4x4x32xf32>
  return %0 : tensor<2x4x4x32xf32>
}

// -----

// Channels first: sixteen results of a row together. Maxima are of rows first, of the three vectors that have what the
// windows meet, one element of the last one; then positions 0 and 1 of a window pick the even and the odd elements of
// the first two, position 2 those from the second on.
// CHECK-LABEL: func.func private @reduce_window_max
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-NOT: vector.shuffle
// CHECK-COUNT-3: arith.maximumf {{.*}} : vector<16xf32>
// CHECK-NOT: arith.maximumf
// CHECK: scf.yield
// CHECK: vector.shuffle {{.*}} [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]
// CHECK: arith.maximumf {{.*}} : vector<16xf32>
// CHECK: vector.shuffle {{.*}} [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31]
// CHECK: arith.maximumf
// CHECK: vector.shuffle
// CHECK: arith.maximumf
// CHECK-NOT: arith.maximumf
// CHECK: llvm.store {{.*}} : vector<16xf32>
func.func @channels_first(%x: tensor<2x8x67x67xf32>) -> tensor<2x8x33x33xf32> {
  %0 = etch.reduce_window_max %x window = [1, 1, 3, 3] strides = [1, 1, 2, 2] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<2x8x67x67xf32>) -> tensor<2x8x33x33xf32>
  return %0 : tensor<2x8x33x33xf32>
}

// -----

// Gaps in a row, the derivative of a sum of windows two apart: the results between two elements are computed apart,
// and put in turn.
// CHECK-LABEL: func.func private @reduce_window_sum
// CHECK: %[[EVEN:.*]]:2 = scf.for
// CHECK: vector.shuffle %[[EVEN]]#0, %[[EVEN]]#1 [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23]
// CHECK: vector.shuffle %[[EVEN]]#0, %[[EVEN]]#1 [8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31]
// CHECK-COUNT-2: llvm.store {{.*}} : vector<16xf32>
func.func @channels_first_gaps(%g: tensor<2x8x33x33xf32>) -> tensor<2x8x67x67xf32> {
  %0 = etch.reduce_window_sum %g window = [1, 1, 3, 3] strides = [1, 1, 1, 1] low = [0, 0, 2, 2] high = [0, 0, 2, 2] dilation = [1, 1, 2, 2] x [1, 1, 1, 1] : (tensor<2x8x33x33xf32>) -> tensor<2x8x67x67xf32>
  return %0 : tensor<2x8x67x67xf32>
}

// -----

// The places of maxima, channels first: sixteen windows of a row together. A vector of elements asks the windows that
// begin at them and, through their last position, the ones before; sums over rows of windows are in the result.
// CHECK-LABEL: func.func private @select_and_scatter_add
// CHECK-NOT: llvm.intr.memset
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xi32>, vector<16xf32>)
// CHECK: vector.shuffle {{.*}} [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]
// CHECK: arith.cmpf ugt, {{.*}} : vector<16xf32>
// CHECK: vector.shuffle {{.*}} [15, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20, 21, 21, 22, 22] : vector<16xi32>, vector<16xi32>
// CHECK: vector.shuffle {{.*}} [15, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20, 21, 21, 22, 22] : vector<16xf32>, vector<16xf32>
// CHECK: llvm.load {{.*}} -> vector<16xf32>
// CHECK-COUNT-2: arith.cmpi eq, {{.*}} : vector<16xi32>
// CHECK: llvm.store {{.*}} : vector<16xf32>
func.func @channels_first_scatter(%x: tensor<2x8x67x67xf32>, %g: tensor<2x8x33x33xf32>) -> tensor<2x8x67x67xf32> {
  %0 = etch.select_and_scatter_add %x, %g window = [1, 1, 3, 3] strides = [1, 1, 2, 2] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<2x8x67x67xf32>, tensor<2x8x33x33xf32>) -> tensor<2x8x67x67xf32>
  return %0 : tensor<2x8x67x67xf32>
}

// -----

// Where windows share no row and meet all of them nothing is zero first.
// CHECK-LABEL: func.func private @select_and_scatter_add
// CHECK-NOT: llvm.intr.memset
// CHECK: arith.cmpi eq, {{.*}} : vector<16xi32>
// CHECK-LABEL: func.func private @select_and_gather
// CHECK: arith.cmpf ugt, {{.*}} : vector<16xf32>
func.func @channels_first_pairs(%x: tensor<2x8x64x64xf32>, %g: tensor<2x8x32x32xf32>) -> (tensor<2x8x32x32xf32>, tensor<2x8x64x64xf32>) {
  %0 = etch.select_and_scatter_add %x, %g window = [1, 1, 2, 2] strides = [1, 1, 2, 2] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<2x8x64x64xf32>, tensor<2x8x32x32xf32>) -> tensor<2x8x64x64xf32>
  %1 = etch.select_and_gather %x, %x window = [1, 1, 2, 2] strides = [1, 1, 2, 2] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<2x8x64x64xf32>, tensor<2x8x64x64xf32>) -> tensor<2x8x32x32xf32>
  return %1, %0 : tensor<2x8x32x32xf32>, tensor<2x8x64x64xf32>
}

// -----

// The only channel is no axis: vectors run along the row.
// CHECK-LABEL: func.func private @reduce_window_max
// CHECK: %[[ROW:.*]] = arith.maximumf {{.*}} : vector<16xf32>
// CHECK: vector.shuffle %[[ROW]], {{.*}} [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] : vector<16xf32>
// CHECK: llvm.store {{.*}} : vector<16xf32>
func.func @one_channel(%x: tensor<2x8x64x1xf32>) -> tensor<2x8x60x1xf32> {
  %0 = etch.reduce_window_max %x window = [1, 1, 5, 1] strides = [1, 1, 1, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] dilation = [1, 1, 1, 1] : (tensor<2x8x64x1xf32>) -> tensor<2x8x60x1xf32>
  return %0 : tensor<2x8x60x1xf32>
}
