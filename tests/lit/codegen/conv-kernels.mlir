// Direct convolutions keep a tile of sums in registers over all window positions and inputs.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// Away from the borders a window row and its inputs, 3 * 32 terms, are one loop; of fourteen results by two vectors.
// CHECK-LABEL: func.func private @convolution
// CHECK: scf.for %{{.*}} = %c0_i64 to %c96_i64 step %c1_i64 {{.*}}iter_args(
// CHECK-COUNT-28: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: scf.yield
// CHECK-NOT: llvm.intr.masked
func.func @inside(%x: tensor<4x30x30x32xf32>, %w: tensor<3x3x32x64xf32>) -> tensor<4x28x28x64xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x30x30x32xf32>, tensor<3x3x32x64xf32>) -> tensor<4x28x28x64xf32>
  return %0 : tensor<4x28x28x64xf32>
}

// -----

// While it computes, a trip fetches what the next one will be the first to read and to write: of either, a bit with
// every term where that is many lines. LLVM sees only the distances of the lines.
// CHECK-LABEL: func.func private @convolution
// CHECK: scf.for %{{.*}} = %c0_i64 to %c192_i64
// CHECK: llvm.intr.launder.invariant.group
// CHECK: "llvm.intr.prefetch"({{.*}}rw = 0
// CHECK: "llvm.intr.prefetch"({{.*}}rw = 1
// CHECK-COUNT-28: math.fma {{.*}} : vector<16xf32>
// CHECK: scf.yield
func.func @ahead(%x: tensor<32x56x56x64xf32>, %w: tensor<3x3x64x64xf32>) -> tensor<32x56x56x64xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<32x56x56x64xf32>, tensor<3x3x64x64xf32>) -> tensor<32x56x56x64xf32>
  return %0 : tensor<32x56x56x64xf32>
}

// -----

// At the ends of a row each window position computes the results that it meets: 13, 14 and 13 of 14.
// CHECK-LABEL: func.func private @convolution
// CHECK: scf.for %{{.*}} = %c0_i64 to %c32_i64
// CHECK-COUNT-26: math.fma
// CHECK: scf.for %{{.*}} = %c0_i64 to %c32_i64
// CHECK-COUNT-28: math.fma
// CHECK: scf.for %{{.*}} = %c0_i64 to %c32_i64
// CHECK-COUNT-26: math.fma
// CHECK-NOT: math.fma
func.func @borders(%x: tensor<4x14x14x32xf32>, %w: tensor<3x3x32x32xf32>) -> tensor<4x14x14x32xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x14x14x32xf32>, tensor<3x3x32x32xf32>) -> tensor<4x14x14x32xf32>
  return %0 : tensor<4x14x14x32xf32>
}

// -----

// Window positions that all results of a tile meet are one loop at the ends of a row, too.
// CHECK-LABEL: func.func private @convolution
// CHECK: scf.for %{{.*}} = %c0_i64 to %c32_i64
// CHECK-COUNT-26: math.fma
// CHECK: scf.for %{{.*}} = %c0_i64 to %c64_i64
// CHECK-COUNT-28: math.fma
// CHECK: scf.for %{{.*}} = %c0_i64 to %c64_i64
// CHECK-COUNT-28: math.fma
// CHECK: scf.for %{{.*}} = %c0_i64 to %c32_i64
// CHECK-COUNT-26: math.fma
// CHECK-NOT: math.fma
func.func @one_border(%x: tensor<4x28x28x32xf32>, %w: tensor<3x3x32x32xf32>) -> tensor<4x28x28x32xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x28x28x32xf32>, tensor<3x3x32x32xf32>) -> tensor<4x28x28x32xf32>
  return %0 : tensor<4x28x28x32xf32>
}

// -----

// Gaps (the derivative of a stride of 2): even results meet one window position, odd ones two; no zero is multiplied.
// CHECK-LABEL: func.func private @convolution
// CHECK: scf.for %{{.*}} = %c0_i64 to %c16_i64
// CHECK-COUNT-4: math.fma
// CHECK: scf.for %{{.*}} = %c0_i64 to %c16_i64
// CHECK-COUNT-3: math.fma
// CHECK: scf.for %{{.*}} = %c0_i64 to %c16_i64
// CHECK-COUNT-3: math.fma
// CHECK-NOT: math.fma
func.func @gaps(%x: tensor<4x1x4x16xf32>, %w: tensor<1x3x16x16xf32>) -> tensor<4x1x7x16xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 1] high = [0, 1] dilation = [1, 2] x [1, 1] groups = 1 x 1 : (tensor<4x1x4x16xf32>, tensor<1x3x16x16xf32>) -> tensor<4x1x7x16xf32>
  return %0 : tensor<4x1x7x16xf32>
}

// -----

// Few outputs of a dilated window: rows of results two apart share rows of the operand, and are one loop.
// CHECK-LABEL: func.func private @convolution(
// CHECK: scf.for %[[FIRST:.*]] = %c0_i64 to %c2_i64 step %c1_i64
// CHECK: scf.for {{.*}} step %c2_i64 {{.*}}iter_args
// CHECK: vector.shuffle
func.func @few_outputs_dilated(%x: tensor<4x28x28x3xf32>, %w: tensor<3x3x3x2xf32>) -> tensor<4x28x28x2xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [2, 2] high = [2, 2] dilation = [1, 1] x [2, 2] groups = 1 x 1 : (tensor<4x28x28x3xf32>, tensor<3x3x3x2xf32>) -> tensor<4x28x28x2xf32>
  return %0 : tensor<4x28x28x2xf32>
}

// -----

// Groups of eight outputs have registers of half the size: nothing is shuffled, and no lane is empty.
// CHECK-LABEL: func.func private @convolution
// CHECK-NOT: vector.shuffle
// CHECK: math.fma {{.*}} : vector<8xf32>
// CHECK-NOT: vector<16xf32>
func.func @groups_of_eight(%x: tensor<2x16x16x32xf32>, %w: tensor<3x3x8x32xf32>) -> tensor<2x14x14x32xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 4 x 1 : (tensor<2x16x16x32xf32>, tensor<3x3x8x32xf32>) -> tensor<2x14x14x32xf32>
  return %0 : tensor<2x14x14x32xf32>
}

// -----

// Depthwise: vectors of channels from both sides.
// CHECK-LABEL: func.func private @convolution
// CHECK-NOT: vector.broadcast {{.*}} : f32 to vector
// CHECK: math.fma {{.*}} : vector<16xf32>
func.func @depthwise(%x: tensor<2x9x9x32xf32>, %w: tensor<3x3x1x32xf32>) -> tensor<2x7x7x32xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 32 x 1 : (tensor<2x9x9x32xf32>, tensor<3x3x1x32xf32>) -> tensor<2x7x7x32xf32>
  return %0 : tensor<2x7x7x32xf32>
}

// -----

// One output: vectors over the 28 pixels of a row. Sixteen of them by sixteen channels are transposed, in place, as
// nothing lies between pixels: a call would cost the sums their registers. A loaded vector is multiplied for the five rows
// of results whose windows it is in.
// CHECK-LABEL: func.func private @convolution(
// CHECK-NOT: call @convolution.transpose16
// CHECK-COUNT-64: vector.shuffle {{.*}} : vector<16xf32>, vector<16xf32>
// CHECK: scf.for %{{.*}} = %c0_i64 to %c32_i64
// CHECK-COUNT-2: llvm.load {{.*}} -> vector<16xf32>
// CHECK-COUNT-10: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: scf.yield
func.func @few_outputs(%x: tensor<4x28x28x32xf32>, %w: tensor<5x5x32x1xf32>) -> tensor<4x28x28x1xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [2, 2] high = [2, 2] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x28x28x32xf32>, tensor<5x5x32x1xf32>) -> tensor<4x28x28x1xf32>
  return %0 : tensor<4x28x28x1xf32>
}

// -----

// Few results and many filters: for each window position the filters of 128 inputs and a block of outputs are copied,
// and meet two rows of seven or six results at a time. The next ones are fetched, a line with each input, or two where a
// tile is the only one.
// CHECK-LABEL: func.func private @convolution.tile1(
// CHECK: scf.for
// CHECK-COUNT-2: llvm.intr.prefetch
// CHECK-NOT: llvm.intr.prefetch
// CHECK-COUNT-24: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: scf.yield
// CHECK-LABEL: func.func private @convolution.tile2(
// CHECK-COUNT-12: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK-LABEL: func.func private @convolution.tile3(
// CHECK-COUNT-28: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK-LABEL: func.func private @convolution.tile4(
// CHECK-COUNT-14: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK-LABEL: func.func private @convolution(
// CHECK: call @etch_rt_scratch
// CHECK: scf.for %{{.*}} = %c0_i64 to %c128_i64
// CHECK: llvm.store
// CHECK: call @convolution.tile1(
// CHECK: call @convolution.tile2(
// CHECK: call @convolution.tile3(
// CHECK: call @convolution.tile4(
// The last column of the window has the tiles of the first.
// CHECK: call @convolution.tile1(
// CHECK: call @convolution.tile2(
func.func @few_results(%x: tensor<1x7x7x512xf32>, %w: tensor<3x3x512x512xf32>) -> tensor<1x7x7x512xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x7x7x512xf32>, tensor<3x3x512x512xf32>) -> tensor<1x7x7x512xf32>
  return %0 : tensor<1x7x7x512xf32>
}

// -----

// The derivative by the operand turns the filters while it copies them: sixteen outputs by sixteen inputs in registers,
// in a function for all window positions.
// CHECK-LABEL: func.func private @convolution.turn(
// CHECK-COUNT-64: vector.shuffle
// CHECK-NOT: vector.shuffle
// CHECK-LABEL: func.func private @convolution(
// CHECK: call @etch_rt_scratch
// CHECK-COUNT-3: call @convolution.turn(
// CHECK-NOT: func.func private @transpose
func.func @few_results_turned(%g: tensor<1x7x7x512xf32>, %w: tensor<3x3x512x512xf32>) -> tensor<1x7x7x512xf32> {
  %0 = etch.reverse %w axes = [0, 1] : (tensor<3x3x512x512xf32>) -> tensor<3x3x512x512xf32>
  %1 = etch.convolution %g, %0 axes = [0, 3, 1, 2] x [2, 3, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x7x7x512xf32>, tensor<3x3x512x512xf32>) -> tensor<1x7x7x512xf32>
  return %1 : tensor<1x7x7x512xf32>
}

// -----

// Neither outputs nor inputs are in whole vectors: rows of turned filters are read with masks, the last row again for
// those that there are not. What of 140 outputs is left over is one vector, which is multiplied whole and stored with a
// mask.
// CHECK-LABEL: func.func private @convolution.turn(
// CHECK-COUNT-16: llvm.intr.masked.load
// CHECK-NOT: llvm.intr.masked.load
// CHECK-COUNT-64: vector.shuffle
// CHECK-LABEL: func.func private @convolution.tile1(
// CHECK-COUNT-12: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: func.func private
// CHECK-LABEL: func.func private @convolution(
// CHECK: call @convolution.turn(
// CHECK: call @convolution.tile1(
// CHECK: llvm.intr.masked.store
// CHECK-NOT: func.func private @transpose
func.func @few_results_rest(%g: tensor<1x7x7x150xf32>, %w: tensor<3x3x140x150xf32>) -> tensor<1x7x7x140xf32> {
  %0 = etch.reverse %w axes = [0, 1] : (tensor<3x3x140x150xf32>) -> tensor<3x3x140x150xf32>
  %1 = etch.convolution %g, %0 axes = [0, 3, 1, 2] x [2, 3, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x7x7x150xf32>, tensor<3x3x140x150xf32>) -> tensor<1x7x7x140xf32>
  return %1 : tensor<1x7x7x140xf32>
}

// -----

// Each channel by itself, two pixels apart: two tiles of 32 channels ask for what the next chunk needs, twenty lines a
// pixel, ten of them each, which follow each other. The first tile has lines of both operands.
// CHECK-LABEL: func.func private @convolution
// CHECK: scf.for %{{.*}} = %c0_i64 to %c27_i64
// CHECK: %[[LINES:.*]] = arith.select %{{.*}} : !llvm.ptr
// CHECK: %[[PIXEL:.*]] = llvm.getelementptr %[[LINES]]
// CHECK-NEXT: %[[FIRST:.*]] = llvm.getelementptr %[[PIXEL]][%c0_i64]
// CHECK-NEXT: "llvm.intr.prefetch"(%[[FIRST]])
// CHECK-NEXT: %[[SECOND:.*]] = llvm.getelementptr %[[PIXEL]][%c64_i64]
// CHECK-NEXT: "llvm.intr.prefetch"(%[[SECOND]])
// CHECK-COUNT-8: llvm.intr.prefetch
// CHECK-NOT: llvm.intr.prefetch
// CHECK-COUNT-18: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: scf.yield
func.func @filter_gradient_of_channels(%x: tensor<1x56x56x64xf32>, %g: tensor<1x28x28x64xf32>) -> tensor<3x3x1x64xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [0, 0] high = [1, 1] dilation = [1, 1] x [2, 2] groups = 1 x 64 : (tensor<1x56x56x64xf32>, tensor<1x28x28x64xf32>) -> tensor<3x3x1x64xf32>
  return %0 : tensor<3x3x1x64xf32>
}

// -----

// The derivative by the filters: 32 channels in tiles of 11, 11 and 10 by two vectors of outputs, one multiplication a
// pixel each, and one line of the next pixels fetched. A thread takes tiles side by side and reads both operands once.
// CHECK-LABEL: func.func private @convolution
// CHECK-SAME: etch.ranges
// CHECK: scf.if
// CHECK: llvm.intr.prefetch
// CHECK-COUNT-22: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: scf.yield
// CHECK-COUNT-20: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: scf.yield
func.func @filter_gradient(%x: tensor<4x14x14x32xf32>, %g: tensor<4x14x14x64xf32>) -> tensor<3x3x32x64xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x14x14x32xf32>, tensor<4x14x14x64xf32>) -> tensor<3x3x32x64xf32>
  return %0 : tensor<3x3x32x64xf32>
}

// -----

// In groups: the block of outputs says which channels it needs. Of one vector of outputs, a tile has eight channels of
// three window positions; pixels at the ends of a row meet two of these.
// CHECK-LABEL: func.func private @convolution
// CHECK-SAME: etch.ranges
// CHECK-COUNT-16: math.fma {{.*}} : vector<16xf32>
// CHECK: scf.for
// CHECK-COUNT-24: math.fma {{.*}} : vector<16xf32>
// CHECK: scf.yield
// CHECK-COUNT-16: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
func.func @filter_gradient_of_groups(%x: tensor<4x14x14x32xf32>, %g: tensor<4x14x14x64xf32>) -> tensor<3x3x8x64xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 4 : (tensor<4x14x14x32xf32>, tensor<4x14x14x64xf32>) -> tensor<3x3x8x64xf32>
  return %0 : tensor<3x3x8x64xf32>
}

// -----

// Groups of four stand side by side: a vector has the outputs of four groups, and each of their channels is a shuffle that
// gives every lane that of its own group. Four channels of two and of three window positions.
// CHECK-LABEL: func.func private @convolution(
// CHECK-COUNT-8: vector.shuffle {{.*}} : vector<16xf32>, vector<16xf32>
// CHECK-NOT: vector.shuffle
// CHECK: scf.for
// CHECK-COUNT-12: vector.shuffle {{.*}} : vector<16xf32>, vector<16xf32>
// CHECK-NOT: vector.shuffle
// CHECK: scf.yield
func.func @filter_gradient_of_narrow_groups(%x: tensor<4x14x14x32xf32>, %g: tensor<4x14x14x32xf32>) -> tensor<3x3x4x32xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 8 : (tensor<4x14x14x32xf32>, tensor<4x14x14x32xf32>) -> tensor<3x3x4x32xf32>
  return %0 : tensor<3x3x4x32xf32>
}

// -----

// Seven positions by three channels are more rows than a tile has: four positions, then three.
// CHECK-LABEL: func.func private @convolution
// CHECK: scf.if
// CHECK: scf.for
// CHECK-COUNT-24: math.fma {{.*}} : vector<16xf32>
// CHECK: scf.yield
// CHECK-COUNT-18: math.fma {{.*}} : vector<16xf32>
func.func @filter_gradient_of_few_channels(%x: tensor<4x30x30x3xf32>, %g: tensor<4x24x24x32xf32>) -> tensor<7x7x3x32xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x30x30x3xf32>, tensor<4x24x24x32xf32>) -> tensor<7x7x3x32xf32>
  return %0 : tensor<7x7x3x32xf32>
}

// -----

// One channel: all three window rows by three positions, of eight outputs, which have registers of their size. A row of
// pixels at the end of the picture meets two window rows, which are taken one by one.
// CHECK-LABEL: func.func private @convolution
// CHECK: scf.if
// CHECK-COUNT-6: math.fma {{.*}} : vector<8xf32>
// CHECK: scf.for
// CHECK-COUNT-9: math.fma {{.*}} : vector<8xf32>
// CHECK: scf.yield
// CHECK-COUNT-6: math.fma {{.*}} : vector<8xf32>
// CHECK: scf.if
// CHECK-COUNT-3: scf.if
// CHECK-NOT: vector<16xf32>
func.func @filter_gradient_of_one_channel(%x: tensor<2x20x20x1xf32>, %g: tensor<2x20x20x8xf32>) -> tensor<3x3x1x8xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x20x20x1xf32>, tensor<2x20x20x8xf32>) -> tensor<3x3x1x8xf32>
  return %0 : tensor<3x3x1x8xf32>
}

// -----

// Few terms and many stores of pixels that lie apart: outputs have the lanes.
// CHECK-LABEL: func.func private @convolution(
// CHECK: math.fma {{.*}} : vector<8xf32>
// CHECK-NOT: vector<16xf32>
func.func @few_terms(%x: tensor<2x58x58x1xf32>, %w: tensor<3x3x1x8xf32>) -> tensor<2x56x56x8xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x58x58x1xf32>, tensor<3x3x1x8xf32>) -> tensor<2x56x56x8xf32>
  return %0 : tensor<2x56x56x8xf32>
}

// -----

// Extents that are unknown: vectors over outputs, one result at a time.
// CHECK-LABEL: func.func private @convolution
// CHECK-COUNT-2: scf.if
// CHECK: math.fma {{.*}} : vector<16xf32>
func.func @general(%x: tensor<?x?x?x3xf32>, %w: tensor<3x3x3x16xf32>) -> tensor<?x?x?x16xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<?x?x?x3xf32>, tensor<3x3x3x16xf32>) -> tensor<?x?x?x16xf32>
  return %0 : tensor<?x?x?x16xf32>
}

// -----

// Many images: eight parts of four images each, whose tiles are tasks; the sums of seven lie apart, and are added
// to that of the first one, in order.
// CHECK-LABEL: func.func private @convolution.images
// CHECK: math.fma {{.*}} : vector<16xf32>
// CHECK-LABEL: func.func private @convolution.sums
// CHECK: scf.for %{{.*}} = %c1_i64 to %c8_i64
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK-LABEL: func.func private @convolution(
// CHECK-SAME: etch.partials = 22400 : i64
// CHECK: %[[IMAGES:.*]] = constant @convolution.images
// CHECK: call @etch_rt_parallel_ranges(%[[IMAGES]], %{{.*}}, %c40_i64,
// CHECK: %[[SUMS:.*]] = constant @convolution.sums
// CHECK: call @etch_rt_parallel_ranges(%[[SUMS]], %{{.*}}, %c50_i64,
func.func @parts(%x: tensor<32x28x28x1xf32>, %g: tensor<32x28x28x32xf32>) -> tensor<5x5x1x32xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [2, 2] high = [2, 2] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<32x28x28x1xf32>, tensor<32x28x28x32xf32>) -> tensor<5x5x1x32xf32>
  return %0 : tensor<5x5x1x32xf32>
}

// -----

// Four groups of four outputs in a vector: each lane takes an input of its own group.
// CHECK-LABEL: func.func private @convolution
// CHECK: vector.shuffle {{.*}} [0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12]
// CHECK: math.fma {{.*}} : vector<16xf32>
// CHECK: vector.shuffle {{.*}} [1, 1, 1, 1, 5, 5, 5, 5, 9, 9, 9, 9, 13, 13, 13, 13]
// CHECK: math.fma {{.*}} : vector<16xf32>
func.func @groups_side_by_side(%x: tensor<2x9x9x32xf32>, %w: tensor<3x3x4x32xf32>) -> tensor<2x7x7x32xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 8 x 1 : (tensor<2x9x9x32xf32>, tensor<3x3x4x32xf32>) -> tensor<2x7x7x32xf32>
  return %0 : tensor<2x7x7x32xf32>
}

// -----

// One picture and many filters: sixteen blocks of outputs of each half are trips, and the filters of each, 2 KiB apart, are
// copied together.
// CHECK-LABEL: func.func private @convolution
// CHECK-SAME: etch.trips = 32
// CHECK: call @etch_rt_scratch
// CHECK: scf.for
// CHECK: scf.for
// CHECK-COUNT-2: llvm.load {{.*}} -> vector<16xf32>
// CHECK-COUNT-2: llvm.store {{.*}} : vector<16xf32>
func.func @many_filters(%x: tensor<1x19x18x512xf32>, %w: tensor<3x3x512x512xf32>) -> tensor<1x17x16x512xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x19x18x512xf32>, tensor<3x3x512x512xf32>) -> tensor<1x17x16x512xf32>
  return %0 : tensor<1x17x16x512xf32>
}

// -----

// Eight inputs are a loop, at the ends of a row, too: two blocks of fourteen results by two vectors, of which three runs
// of window positions are code of their own each. Written out, their loads would not stay in registers.
// CHECK-LABEL: func.func private @convolution
// CHECK: scf.for %{{.*}} = %c0_i64 to %c8_i64
// CHECK-COUNT-26: math.fma
// CHECK: scf.for %{{.*}} = %c0_i64 to %c16_i64
// CHECK-COUNT-28: math.fma
// CHECK: scf.for %{{.*}} = %c0_i64 to %c16_i64
// CHECK-COUNT-28: math.fma
// CHECK: scf.for %{{.*}} = %c0_i64 to %c8_i64
// CHECK-COUNT-26: math.fma
// CHECK-NOT: math.fma
func.func @eight_inputs(%x: tensor<4x28x28x8xf32>, %w: tensor<3x3x8x32xf32>) -> tensor<4x28x28x32xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<4x28x28x8xf32>, tensor<3x3x8x32xf32>) -> tensor<4x28x28x32xf32>
  return %0 : tensor<4x28x28x32xf32>
}

// -----

// Groups that share no vector because they have more inputs than outputs: one after the other, in vectors of half a
// register.
// CHECK-LABEL: func.func private @convolution
// CHECK-NOT: masked.gather
// CHECK: math.fma {{.*}} : vector<8xf32>
// CHECK-NOT: masked.gather
// CHECK: return
func.func @groups_of_few_outputs(%x: tensor<2x13x13x24xf32>, %w: tensor<7x7x12x12xf32>) -> tensor<2x7x7x12xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 2 x 1 : (tensor<2x13x13x24xf32>, tensor<7x7x12x12xf32>) -> tensor<2x7x7x12xf32>
  return %0 : tensor<2x7x7x12xf32>
}

// -----

// Few outputs: the sums of sixteen pixels, a vector for each output, are put together and stored as they lie. A row of
// the operand and one of the results, which lie in pages of their own here, are fetched ahead: 32 pixels of 12 bytes.
// CHECK-LABEL: func.func private @convolution
// CHECK-NOT: masked.scatter
// CHECK-COUNT-6: "llvm.intr.prefetch"({{.*}}rw = 0
// CHECK-COUNT-6: "llvm.intr.prefetch"({{.*}}rw = 1
// CHECK: math.fma
// CHECK: %[[TWO:.*]] = vector.shuffle {{.*}} [0, 16, 0, 1, 17, 1, 2, 18, 2, 3, 19, 3, 4, 20, 4, 5] : vector<16xf32>
// CHECK: %[[LINE:.*]] = vector.shuffle %[[TWO]], {{.*}} [0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15] : vector<16xf32>
// CHECK: llvm.store %[[LINE]], {{.*}} : vector<16xf32>
// CHECK-NOT: masked.scatter
// CHECK: return
func.func @few_outputs(%x: tensor<1x8x600x3xf32>, %w: tensor<3x3x3x3xf32>) -> tensor<1x8x600x3xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x8x600x3xf32>, tensor<3x3x3x3xf32>) -> tensor<1x8x600x3xf32>
  return %0 : tensor<1x8x600x3xf32>
}

// -----

// Rows of less than a page are fetched by the processor itself.
// CHECK-LABEL: func.func private @convolution
// CHECK-NOT: llvm.intr.prefetch
// CHECK: return
func.func @short_rows(%x: tensor<1x8x60x3xf32>, %w: tensor<3x3x3x3xf32>) -> tensor<1x8x60x3xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [1, 1] high = [1, 1] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<1x8x60x3xf32>, tensor<3x3x3x3xf32>) -> tensor<1x8x60x3xf32>
  return %0 : tensor<1x8x60x3xf32>
}

// -----

// A long window: lanes are segments of a row, brought together by a function that transposes squares. Of the 256
// positions four are written out, for sixteen results, of which nineteen vectors serve them all. The slower loop behind
// them is for filters that are no finite numbers, where lanes at the ends forget what they do not meet.
// CHECK-LABEL: func.func private @convolution.transpose(
// CHECK-COUNT-64: vector.shuffle
// CHECK-LABEL: func.func private @convolution(
// CHECK: vector.reduction <and>
// CHECK: call @convolution.transpose
// CHECK: scf.for %{{.*}} = %c0_i64 to %c256_i64 step %c4_i64
// CHECK-NOT: scf.yield
// CHECK-COUNT-64: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: scf.yield
// CHECK-COUNT-16: arith.select {{.*}} : vector<16xi1>, vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: scf.yield
func.func @long_window(%x: tensor<1x48000x1xf32>, %w: tensor<256x1x1xf32>) -> tensor<1x48001x1xf32> {
  %0 = etch.convolution %x, %w axes = [0, 2, 1] x [2, 1, 0] to [0, 2, 1] strides = [1] low = [128] high = [128] dilation = [1] x [1] groups = 1 x 1 : (tensor<1x48000x1xf32>, tensor<256x1x1xf32>) -> tensor<1x48001x1xf32>
  return %0 : tensor<1x48001x1xf32>
}
