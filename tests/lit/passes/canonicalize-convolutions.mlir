// RUN: etch-opt %s --etch-canonicalize-convolutions | FileCheck %s
// RUN: etch-opt %s --etch-canonicalize-convolutions=strict | FileCheck %s --check-prefix=STRICT

// Channels last: left alone.
// CHECK-LABEL: func.func @channels_last
// CHECK-NEXT: etch.convolution %arg0, %arg1 axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2]
// CHECK-NEXT: return
func.func @channels_last(%x: tensor<2x8x9x3xf32>, %w: tensor<3x3x3x5xf32>) -> tensor<2x6x7x5xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x8x9x3xf32>, tensor<3x3x3x5xf32>) -> tensor<2x6x7x5xf32>
  return %0 : tensor<2x6x7x5xf32>
}

// CHECK-LABEL: func.func @channels_first
// CHECK: %[[X:.*]] = etch.transpose %arg0 permutation = [0, 2, 3, 1]
// CHECK: %[[W:.*]] = etch.transpose %arg1 permutation = [2, 3, 1, 0]
// CHECK: %[[R:.*]] = etch.convolution %[[X]], %[[W]] axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] {{.*}} -> tensor<2x6x7x5xf32>
// CHECK: etch.transpose %[[R]] permutation = [0, 3, 1, 2]
func.func @channels_first(%x: tensor<2x3x8x9xf32>, %w: tensor<5x3x3x3xf32>) -> tensor<2x5x6x7xf32> {
  %0 = etch.convolution %x, %w axes = [0, 1, 2, 3] x [0, 1, 2, 3] to [0, 1, 2, 3] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x3x8x9xf32>, tensor<5x3x3x3xf32>) -> tensor<2x5x6x7xf32>
  return %0 : tensor<2x5x6x7xf32>
}

// The derivative by the filters of the first function has a layout of its own.
// CHECK-LABEL: func.func @filter_gradient
// CHECK-NEXT: etch.convolution %arg0, %arg1 axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1]
// CHECK-NEXT: return
func.func @filter_gradient(%x: tensor<2x8x9x3xf32>, %g: tensor<2x6x7x5xf32>) -> tensor<3x3x3x5xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x8x9x3xf32>, tensor<2x6x7x5xf32>) -> tensor<3x3x3x5xf32>
  return %0 : tensor<3x3x3x5xf32>
}

// That of the second: x and the cotangent are transposed as they were in the forward direction.
// CHECK-LABEL: func.func @filter_gradient_channels_first
// CHECK: %[[X:.*]] = etch.transpose %arg0 permutation = [0, 2, 3, 1]
// CHECK: %[[G:.*]] = etch.transpose %arg1 permutation = [0, 2, 3, 1]
// CHECK: %[[R:.*]] = etch.convolution %[[X]], %[[G]] axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1]
// CHECK: etch.transpose %[[R]] permutation = [3, 2, 0, 1]
func.func @filter_gradient_channels_first(%x: tensor<2x3x8x9xf32>, %g: tensor<2x5x6x7xf32>) -> tensor<5x3x3x3xf32> {
  %0 = etch.convolution %x, %g axes = [1, 0, 2, 3] x [1, 0, 2, 3] to [1, 0, 2, 3] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x3x8x9xf32>, tensor<2x5x6x7xf32>) -> tensor<5x3x3x3xf32>
  return %0 : tensor<5x3x3x3xf32>
}

// A window of one element is a product; strides leave elements out.
// CHECK-LABEL: func.func @product
// CHECK: %[[X:.*]] = etch.slice %arg0 starts = [0, 0, 0, 0] limits = [2, 8, 9, 3] strides = [1, 2, 1, 1]
// CHECK: %[[W:.*]] = etch.reshape %arg1 shape = [3, 5]
// CHECK: etch.dot_general %[[X]], %[[W]] batch = [] x [] contract = [3] x [0] : (tensor<2x4x9x3xf32>, tensor<3x5xf32>) -> tensor<2x4x9x5xf32>
// CHECK-NOT: etch.convolution
func.func @product(%x: tensor<2x8x9x3xf32>, %w: tensor<1x1x3x5xf32>) -> tensor<2x4x9x5xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [2, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x8x9x3xf32>, tensor<1x1x3x5xf32>) -> tensor<2x4x9x5xf32>
  return %0 : tensor<2x4x9x5xf32>
}

// A product sums bf16 up in f32 by itself.
// CHECK-LABEL: func.func @narrow_product
// CHECK: etch.dot_general {{.*}} : (tensor<2x8x9x3xbf16>, tensor<3x5xbf16>) -> tensor<2x8x9x5xbf16>
func.func @narrow_product(%x: tensor<2x8x9x3xbf16>, %w: tensor<1x1x3x5xbf16>) -> tensor<2x8x9x5xbf16> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x8x9x3xbf16>, tensor<1x1x3x5xbf16>) -> tensor<2x8x9x5xbf16>
  return %0 : tensor<2x8x9x5xbf16>
}

// CHECK-LABEL: func.func @half
// CHECK: %[[X:.*]] = etch.cast %arg0 {{.*}} -> tensor<2x8x3xf32>
// CHECK: %[[W:.*]] = etch.cast %arg1 {{.*}} -> tensor<3x3x5xf32>
// CHECK: %[[R:.*]] = etch.convolution %[[X]], %[[W]] {{.*}} -> tensor<2x6x5xf32>
// CHECK: etch.cast %[[R]] {{.*}} -> tensor<2x6x5xf16>
func.func @half(%x: tensor<2x8x3xf16>, %w: tensor<3x3x5xf16>) -> tensor<2x6x5xf16> {
  %0 = etch.convolution %x, %w axes = [0, 2, 1] x [2, 1, 0] to [0, 2, 1] strides = [1] low = [0] high = [0] dilation = [1] x [1] groups = 1 x 1 : (tensor<2x8x3xf16>, tensor<3x3x5xf16>) -> tensor<2x6x5xf16>
  return %0 : tensor<2x6x5xf16>
}

// Windows side by side are products of what they cover, for an unknown number of pictures, too.
// CHECK-LABEL: func.func @patches
// CHECK: %[[CUT:.*]] = etch.slice %arg0 starts = [0, 0, 0, 0] limits = [-1, 224, 224, 3]
// CHECK: %[[X:.*]] = etch.reshape %[[CUT]] sizes %{{.*}} shape = [-1, 14, 16, 14, 16, 3]
// CHECK: %[[R:.*]] = etch.dot_general %[[X]], %arg1 batch = [] x [] contract = [2, 4, 5] x [0, 1, 2] : {{.*}} -> tensor<?x14x14x768xf32>
// CHECK-NOT: etch.convolution
func.func @patches(%x: tensor<?x225x224x3xf32>, %w: tensor<16x16x3x768xf32>) -> tensor<?x14x14x768xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [16, 16] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<?x225x224x3xf32>, tensor<16x16x3x768xf32>) -> tensor<?x14x14x768xf32>
  return %0 : tensor<?x14x14x768xf32>
}

// By x: a product with the filters as they were, put together again; behind the last windows are zeros.
// CHECK-LABEL: func.func @patches_by_x
// CHECK: %[[R:.*]] = etch.dot_general %arg0, %arg1 batch = [] x [] contract = [3] x [3] : {{.*}} -> tensor<2x14x14x16x16x3xf32>
// CHECK: %[[T:.*]] = etch.transpose %[[R]] permutation = [0, 1, 3, 2, 4, 5]
// CHECK: %[[J:.*]] = etch.reshape %[[T]] shape = [2, 224, 224, 3]
// CHECK: etch.pad %[[J]], %{{.*}} low = [0, 0, 0, 0] high = [0, 1, 0, 0]
// CHECK-NOT: etch.convolution
func.func @patches_by_x(%g: tensor<2x14x14x768xf32>, %w: tensor<16x16x3x768xf32>) -> tensor<2x225x224x3xf32> {
  %0 = etch.reverse %w axes = [0, 1] : (tensor<16x16x3x768xf32>) -> tensor<16x16x3x768xf32>
  %1 = etch.convolution %g, %0 axes = [0, 3, 1, 2] x [2, 3, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [15, 15] high = [16, 15] dilation = [16, 16] x [1, 1] groups = 1 x 1 : (tensor<2x14x14x768xf32>, tensor<16x16x3x768xf32>) -> tensor<2x225x224x3xf32>
  return %1 : tensor<2x225x224x3xf32>
}

// By the filters: sums go over pictures, then windows.
// CHECK-LABEL: func.func @patches_by_filters
// CHECK: %[[X:.*]] = etch.reshape %arg0 shape = [2, 14, 16, 14, 16, 3]
// CHECK: etch.dot_general %[[X]], %arg1 batch = [] x [] contract = [0, 1, 3] x [0, 1, 2] : {{.*}} -> tensor<16x16x3x768xf32>
// CHECK-NOT: etch.convolution
func.func @patches_by_filters(%x: tensor<2x224x224x3xf32>, %g: tensor<2x14x14x768xf32>) -> tensor<16x16x3x768xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [16, 16] groups = 1 x 1 : (tensor<2x224x224x3xf32>, tensor<2x14x14x768xf32>) -> tensor<16x16x3x768xf32>
  return %0 : tensor<16x16x3x768xf32>
}

// Few of bf16 are a product, too, but a convolution adds parts of images where they are many.
// CHECK-LABEL: func.func @few_narrow_by_filters
// CHECK: etch.dot_general
// STRICT-LABEL: func.func @few_narrow_by_filters
// STRICT: etch.convolution
func.func @few_narrow_by_filters(%x: tensor<2x8x8x16xbf16>, %g: tensor<2x4x4x32xbf16>) -> tensor<2x2x16x32xbf16> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [2, 2] groups = 1 x 1 : (tensor<2x8x8x16xbf16>, tensor<2x4x4x32xbf16>) -> tensor<2x2x16x32xbf16>
  return %0 : tensor<2x2x16x32xbf16>
}

// By filters of one position: images and pixels lie as sums take them. Few filters are a product, too.
// CHECK-LABEL: func.func @pixels_by_filters
// CHECK-NEXT: etch.dot_general %arg0, %arg1 batch = [] x [] contract = [0, 1, 2] x [0, 1, 2] : {{.*}} -> tensor<36x16xf32>
// CHECK-NEXT: etch.reshape
// STRICT-LABEL: func.func @pixels_by_filters
// STRICT: etch.convolution
func.func @pixels_by_filters(%x: tensor<19x81x24x36xf32>, %g: tensor<19x81x24x16xf32>) -> tensor<1x1x36x16xf32> {
  %0 = etch.convolution %x, %g axes = [3, 0, 1, 2] x [3, 0, 1, 2] to [2, 3, 0, 1] strides = [1, 1] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<19x81x24x36xf32>, tensor<19x81x24x16xf32>) -> tensor<1x1x36x16xf32>
  return %0 : tensor<1x1x36x16xf32>
}

// Few filters: copying x would take longer.
// CHECK-LABEL: func.func @few_filters
// CHECK-NEXT: etch.convolution
func.func @few_filters(%x: tensor<2x8x8x16xf32>, %w: tensor<2x2x16x32xf32>) -> tensor<2x4x4x32xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [2, 2] low = [0, 0] high = [0, 0] dilation = [1, 1] x [1, 1] groups = 1 x 1 : (tensor<2x8x8x16xf32>, tensor<2x2x16x32xf32>) -> tensor<2x4x4x32xf32>
  return %0 : tensor<2x4x4x32xf32>
}

// Of a window that reaches far over a small picture the positions that meet elements are left before it is transposed,
// and those of a dilation as large as the picture are a product. Filters that kernels read as they lie stay whole.
// CHECK-LABEL: func.func @reaches_far
// CHECK-NEXT: %[[MET:.*]] = etch.slice %arg1 starts = [2, 1, 0, 0] limits = [5, 6, 16, 8] strides = [1, 1, 1, 1] : {{.*}} -> tensor<3x5x16x8xf32>
// CHECK-NEXT: %[[FILTERS:.*]] = etch.transpose %[[MET]]
// CHECK-NEXT: etch.convolution %arg0, %[[FILTERS]] {{.*}} low = [3, 4] high = [3, 4] dilation = [1, 1] x [3, 2]
func.func @reaches_far(%x: tensor<1x4x5x8xf32>, %w: tensor<7x7x16x8xf32>) -> tensor<1x4x5x16xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [2, 3, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [9, 6] high = [9, 6] dilation = [1, 1] x [3, 2] groups = 1 x 1 : (tensor<1x4x5x8xf32>, tensor<7x7x16x8xf32>) -> tensor<1x4x5x16xf32>
  return %0 : tensor<1x4x5x16xf32>
}

// CHECK-LABEL: func.func @reaches_far_in_place
// CHECK-NEXT: etch.convolution %arg0, %arg1
func.func @reaches_far_in_place(%x: tensor<1x4x5x8xf32>, %w: tensor<7x7x8x16xf32>) -> tensor<1x4x5x16xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [9, 6] high = [9, 6] dilation = [1, 1] x [3, 2] groups = 1 x 1 : (tensor<1x4x5x8xf32>, tensor<7x7x8x16xf32>) -> tensor<1x4x5x16xf32>
  return %0 : tensor<1x4x5x16xf32>
}

// CHECK-LABEL: func.func @one_position
// CHECK: etch.dot_general
// CHECK-NOT: etch.convolution
func.func @one_position(%x: tensor<2x8x8x16xf32>, %w: tensor<3x3x16x32xf32>) -> tensor<2x8x8x32xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [3, 2, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [8, 8] high = [8, 8] dilation = [1, 1] x [8, 8] groups = 1 x 1 : (tensor<2x8x8x16xf32>, tensor<3x3x16x32xf32>) -> tensor<2x8x8x32xf32>
  return %0 : tensor<2x8x8x32xf32>
}

// Most positions of this one meet elements; the gaps of a derivative with strides are none.
// CHECK-LABEL: func.func @reaches_less_far
// CHECK-NEXT: etch.transpose %arg1
// CHECK-NEXT: etch.convolution %arg0
func.func @reaches_less_far(%x: tensor<1x4x4x8xf32>, %w: tensor<4x4x16x8xf32>) -> tensor<1x8x8x16xf32> {
  %0 = etch.convolution %x, %w axes = [0, 3, 1, 2] x [2, 3, 0, 1] to [0, 3, 1, 2] strides = [1, 1] low = [2, 2] high = [2, 2] dilation = [2, 2] x [1, 1] groups = 1 x 1 : (tensor<1x4x4x8xf32>, tensor<4x4x16x8xf32>) -> tensor<1x8x8x16xf32>
  return %0 : tensor<1x8x8x16xf32>
}

// One line of one channel, by the filter: which axis is the batch means nothing, so it is a forward convolution.
// CHECK-LABEL: func.func @one_line
// CHECK: etch.convolution {{.*}} axes = [0, 2, 1] x [2, 1, 0] to [0, 2, 1] {{.*}} -> tensor<1x64x1xf32>
func.func @one_line(%x: tensor<1x4800x1xf32>, %g: tensor<1x4737x1xf32>) -> tensor<64x1x1xf32> {
  %0 = etch.convolution %x, %g axes = [2, 0, 1] x [2, 0, 1] to [1, 2, 0] strides = [1] low = [0] high = [0] dilation = [1] x [1] groups = 1 x 1 : (tensor<1x4800x1xf32>, tensor<1x4737x1xf32>) -> tensor<64x1x1xf32>
  return %0 : tensor<64x1x1xf32>
}
