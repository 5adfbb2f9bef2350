// RUN: etch-opt %s -split-input-file -verify-diagnostics

// shape_c1: the result's rank is supported.
func.func @shape_c1(%x: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'etch.broadcast_in_dim' op shape [1,1,1,1,1,1,1,1,1] has rank 9; at most 8 axes are supported}}
  %0 = etch.broadcast_in_dim %x shape = [1, 1, 1, 1, 1, 1, 1, 1, 1] dims = [] : (tensor<f32>) -> tensor<f32>
  return
}

// -----

// shape_c2: extents are -1 or not negative.
func.func @shape_c2(%x: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'etch.broadcast_in_dim' op extent -2 of axis 1 in shape [2,-2] is negative}}
  %0 = etch.broadcast_in_dim %x shape = [2, -2] dims = [] : (tensor<f32>) -> tensor<2xf32>
  return
}

// -----

// shape_c3: there is one size operand for each -1.
func.func @shape_c3_missing(%x: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'etch.broadcast_in_dim' op shape [-1] needs one size operand for each -1; got 0}}
  %0 = etch.broadcast_in_dim %x shape = [-1] dims = [] : (tensor<f32>) -> tensor<?xf32>
  return
}

// -----

// shape_c3: there is one size operand for each -1.
func.func @shape_c3_extra(%x: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'etch.broadcast_in_dim' op shape [2] needs one size operand for each -1; got 1}}
  %0 = etch.broadcast_in_dim %x sizes %n shape = [2] dims = [] : (tensor<f32>, tensor<i64>) -> tensor<2xf32>
  return
}

// -----

// shape_c4: size operands are i64 scalars.
func.func @shape_c4(%x: tensor<f32>, %n: tensor<i32>) {
  // expected-error@+1 {{'etch.broadcast_in_dim' op operand #1 must be variadic of 0D tensor of 64-bit signless integer values}}
  %0 = etch.broadcast_in_dim %x sizes %n shape = [-1] dims = [] : (tensor<f32>, tensor<i32>) -> tensor<?xf32>
  return
}

// -----

// broadcast_in_dim_c1: dims has one entry for each axis of the operand.
func.func @broadcast_in_dim_c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'etch.broadcast_in_dim' op dims needs one entry for each axis of f32[2,3]; got [1]}}
  %0 = etch.broadcast_in_dim %x shape = [2, 3] dims = [1] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// broadcast_in_dim_c2: dims are axes of the result.
func.func @broadcast_in_dim_c2(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.broadcast_in_dim' op axis 2 is out of range for f32[2,3] in dims [2]}}
  %0 = etch.broadcast_in_dim %x shape = [2, 3] dims = [2] : (tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// broadcast_in_dim_c3: dims are unique.
func.func @broadcast_in_dim_c3(%x: tensor<3x3xf32>) {
  // expected-error@+1 {{'etch.broadcast_in_dim' op axis 1 is listed twice in dims [1,1]}}
  %0 = etch.broadcast_in_dim %x shape = [2, 3] dims = [1, 1] : (tensor<3x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// broadcast_in_dim_c4: an extent of the operand is 1 or that of the result.
func.func @broadcast_in_dim_c4(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.broadcast_in_dim' op extent 3 of axis 0 of f32[3] does not broadcast to extent 4 of axis 1 of f32[2,4]}}
  %0 = etch.broadcast_in_dim %x shape = [2, 4] dims = [1] : (tensor<3xf32>) -> tensor<2x4xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.broadcast_in_dim' op result is declared as f32[3,2]; operands and attributes give f32[2,3]}}
  %0 = etch.broadcast_in_dim %x shape = [2, 3] dims = [1] : (tensor<3xf32>) -> tensor<3x2xf32>
  return
}
