// Why neighbours do not share a kernel: one remark each, at the consumer's line.
// RUN: etch-opt %s --etch-form-kernels=explain --split-input-file --verify-diagnostics -o /dev/null

func.func @contraction(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %0 = etch.exp %x : tensor<16x16xf32>
  // expected-remark @+1 {{it reads its operands in an order of its own}}
  %1 = etch.dot_general %0, %x batch = [] x [] contract = [1] x [0] : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  // expected-remark @+1 {{a contraction, a convolution, pooling or an update is a kernel of its own}}
  %2 = etch.reduce_sum %1 axes = [] : (tensor<16x16xf32>) -> tensor<16x16xf32>
  return %2 : tensor<16x16xf32>
}

// -----

func.func @moved(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %0 = etch.exp %x : tensor<16x16xf32>
  %1 = etch.transpose %0 permutation = [1, 0] : (tensor<16x16xf32>) -> tensor<16x16xf32>
  // expected-remark @+1 {{add is not in the kernel of exp}}
  %2 = etch.add %1, %x : tensor<16x16xf32>
  return %2 : tensor<16x16xf32>
}

// -----

func.func @view(%x: tensor<4x4xf32>, %y: tensor<16xf32>) -> tensor<16xf32> {
  %0 = etch.exp %x : tensor<4x4xf32>
  %1 = etch.reshape %0 shape = [16] : (tensor<4x4xf32>) -> tensor<16xf32>
  // expected-remark @+1 {{a reshape between them}}
  %2 = etch.add %1, %y : tensor<16xf32>
  return %2 : tensor<16xf32>
}

// -----

func.func @columns(%x: tensor<64x100xf32>) -> tensor<64x100xf32> {
  %0 = etch.reduce_max %x axes = [0] : (tensor<64x100xf32>) -> tensor<100xf32>
  %1 = etch.broadcast_in_dim %0 shape = [64, 100] dims = [1] : (tensor<100xf32>) -> tensor<64x100xf32>
  // expected-remark @+1 {{along the columns}}
  %2 = etch.sub %x, %1 : tensor<64x100xf32>
  return %2 : tensor<64x100xf32>
}

// -----

func.func @few_long_rows(%x: tensor<2x1000000xf32>) -> tensor<2x1000000xf32> {
  %0 = etch.reduce_max %x axes = [1] : (tensor<2x1000000xf32>) -> tensor<2xf32>
  %1 = etch.broadcast_in_dim %0 shape = [2, 1000000] dims = [0] : (tensor<2xf32>) -> tensor<2x1000000xf32>
  // expected-remark @+1 {{along few long rows}}
  %2 = etch.sub %x, %1 : tensor<2x1000000xf32>
  return %2 : tensor<2x1000000xf32>
}

// -----

func.func @other_rows(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<16x16xf32>) -> tensor<16xf32>
  %1 = etch.broadcast_in_dim %0 shape = [16, 16] dims = [1] : (tensor<16xf32>) -> tensor<16x16xf32>
  // expected-remark @+1 {{repeated along axes other than those that were reduced}}
  %2 = etch.sub %x, %1 : tensor<16x16xf32>
  return %2 : tensor<16x16xf32>
}

// -----

func.func @other_axes(%x: tensor<16x16xf32>) -> (tensor<16xf32>, tensor<16xf32>) {
  %0 = etch.exp %x : tensor<16x16xf32>
  %1 = etch.reduce_sum %0 axes = [1] : (tensor<16x16xf32>) -> tensor<16xf32>
  // expected-remark @+1 {{reductions of one kernel fold the same axes}}
  %2 = etch.reduce_sum %0 axes = [0] : (tensor<16x16xf32>) -> tensor<16xf32>
  return %1, %2 : tensor<16xf32>, tensor<16xf32>
}

// -----

func.func @after_reduction(%x: tensor<16x16xf32>) -> tensor<f32> {
  %0 = etch.reduce_sum %x axes = [1] : (tensor<16x16xf32>) -> tensor<16xf32>
  // expected-remark @+1 {{it reduces again}}
  %1 = etch.reduce_max %0 axes = [0] : (tensor<16xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// -----

func.func @state(%s: tensor<2xi64>) -> tensor<16xf32> {
  %0 = etch.add %s, %s : tensor<2xi64>
  // expected-remark @+1 {{random numbers read the first elements of their state}}
  %1 = etch.random_uniform %0 shape = [16] {dtype = f32} : (tensor<2xi64>) -> tensor<16xf32>
  return %1 : tensor<16xf32>
}

// -----

func.func @later(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %0 = etch.exp %x : tensor<16x16xf32>
  // expected-remark @+1 {{cumsum is not in the kernel of exp}}
  %1 = etch.cumsum %0 axis = 0 exclusive = 0 reverse = 0 : (tensor<16x16xf32>) -> tensor<16x16xf32>
  // expected-remark @+2 {{another operand is made in between}}
  // expected-remark @+1 {{add is not in the kernel of cumsum}}
  %2 = etch.add %0, %1 : tensor<16x16xf32>
  return %2 : tensor<16x16xf32>
}

// -----

// What follows a contraction in its kernel, and what does not.
func.func @behind(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %0 = etch.exp %x : tensor<16x16xf32>
  // expected-remark @+1 {{it reads its operands in an order of its own}}
  %1 = etch.dot_general %0, %x batch = [] x [] contract = [1] x [0] : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  // expected-remark @+1 {{another operand is made in between}}
  %2 = etch.add %0, %1 : tensor<16x16xf32>
  return %2 : tensor<16x16xf32>
}

// -----

func.func @across(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  %1 = etch.transpose %x permutation = [1, 0] : (tensor<16x16xf32>) -> tensor<16x16xf32>
  // expected-remark @+1 {{another operand is not read along those}}
  %2 = etch.add %0, %1 : tensor<16x16xf32>
  return %2 : tensor<16x16xf32>
}

// -----

func.func @new_state(%v: tensor<16x16xf32>, %x: tensor<16x16xf32>) -> (tensor<16x16xf32> {etch.updates = 0 : i64}) {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  // expected-remark @+1 {{a variable's or a loop's new value}}
  %1 = etch.sub %v, %0 : tensor<16x16xf32>
  return %1 : tensor<16x16xf32>
}

// -----

func.func @folded(%x: tensor<16x16xf32>) -> tensor<16xf32> {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  // expected-remark @+1 {{the kernel that reduces its result computes it from the product in passing}}
  %1 = etch.exp %0 : tensor<16x16xf32>
  %2 = etch.reduce_sum %1 axes = [1] : (tensor<16x16xf32>) -> tensor<16xf32>
  return %2 : tensor<16xf32>
}

// -----

func.func @short_rows(%x: tensor<64x3xf32>, %w: tensor<3x10xf32>) -> tensor<64x10xf32> {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<64x3xf32>, tensor<3x10xf32>) -> tensor<64x10xf32>
  // expected-remark @+1 {{shorter than a vector}}
  %1 = etch.relu %0 : tensor<64x10xf32>
  return %1 : tensor<64x10xf32>
}

// -----

func.func @long_update(%v: tensor<16xf32>, %x: tensor<16x16xf32>) -> (tensor<16xf32> {etch.updates = 0 : i64}) {
  %0 = etch.reduce_sum %x axes = [0] : (tensor<16x16xf32>) -> tensor<16xf32>
  // expected-remark @+1 {{variables of all shapes share their code}}
  %1 = etch.sub %0, %v : tensor<16xf32>
  %2 = etch.square %1 : tensor<16xf32>
  %3 = etch.sqrt %2 : tensor<16xf32>
  %4 = etch.div %1, %3 : tensor<16xf32>
  %5 = etch.add %v, %4 : tensor<16xf32>
  return %5 : tensor<16xf32>
}

// -----

func.func @one_number(%x: tensor<16x16xf32>, %s: tensor<f32>) -> tensor<16x16xf32> {
  %0 = etch.exp %s : tensor<f32>
  %1 = etch.broadcast_in_dim %0 shape = [16, 16] dims = [] : (tensor<f32>) -> tensor<16x16xf32>
  // expected-remark @+1 {{it reads one number for all its elements}}
  %2 = etch.mul %x, %1 : tensor<16x16xf32>
  return %2 : tensor<16x16xf32>
}
