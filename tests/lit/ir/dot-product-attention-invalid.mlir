// RUN: etch-opt %s -split-input-file -verify-diagnostics

// attention_c1: elements are f32 or f64, the same in all.
func.func @attention_c1(%x: tensor<3x2xi32>) {
  // expected-error@+1 {{'etch.dot_product_attention' op operand #0 must be ranked tensor of 32-bit float or 64-bit float values}}
  %r, %l = etch.dot_product_attention %x, %x, %x causal = 0 : (tensor<3x2xi32>, tensor<3x2xi32>, tensor<3x2xi32>) -> (tensor<3x2xf32>, tensor<3xf32>)
  return
}

// -----

func.func @attention_c1_mixed(%x: tensor<3x2xf32>, %y: tensor<3x2xf64>) {
  // expected-error@+1 {{'etch.dot_product_attention' op query, key and value have different dtypes: f32[3,2], f32[3,2] and f64[3,2]}}
  %r, %l = etch.dot_product_attention %x, %x, %y causal = 0 : (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf64>) -> (tensor<3x2xf32>, tensor<3xf32>)
  return
}

// -----

// attention_c2: all have the same leading axes, a length and a depth.
func.func @attention_c2(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.dot_product_attention' op query, key and value need one rank of at least 2; got f32[3], f32[3] and f32[3]}}
  %r, %l = etch.dot_product_attention %x, %x, %x causal = 0 : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @attention_c2_leading(%x: tensor<4x3x2xf32>, %y: tensor<5x3x2xf32>) {
  // expected-error@+1 {{'etch.dot_product_attention' op axis 0 of query, key and value differs: f32[4,3,2], f32[5,3,2] and f32[4,3,2]}}
  %r, %l = etch.dot_product_attention %x, %y, %x causal = 0 : (tensor<4x3x2xf32>, tensor<5x3x2xf32>, tensor<4x3x2xf32>) -> (tensor<4x3x2xf32>, tensor<4x3xf32>)
  return
}

// -----

// attention_c3: queries and keys have one depth.
func.func @attention_c3(%x: tensor<3x2xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{'etch.dot_product_attention' op query f32[3,2] and key f32[3,4] differ in their last axis, the depth}}
  %r, %l = etch.dot_product_attention %x, %y, %x causal = 0 : (tensor<3x2xf32>, tensor<3x4xf32>, tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3xf32>)
  return
}

// -----

// attention_c4: there is a value for each key.
func.func @attention_c4(%x: tensor<3x2xf32>, %y: tensor<5x2xf32>) {
  // expected-error@+1 {{'etch.dot_product_attention' op key f32[3,2] and value f32[5,2] differ in their length, axis 0}}
  %r, %l = etch.dot_product_attention %x, %x, %y causal = 0 : (tensor<3x2xf32>, tensor<3x2xf32>, tensor<5x2xf32>) -> (tensor<3x2xf32>, tensor<3xf32>)
  return
}

// -----

// attention_c5: a mask is of bools or of the dtype of the scores.
func.func @attention_c5(%x: tensor<3x2xf32>, %m: tensor<3x3xf64>) {
  // expected-error@+1 {{'etch.dot_product_attention' op a mask is of bool or of f32; got f64[3,3]}}
  %r, %l = etch.dot_product_attention %x, %x, %x mask = %m causal = 0 : (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x3xf64>) -> (tensor<3x2xf32>, tensor<3xf32>)
  return
}

// -----

// attention_c6: it has the extents of the scores, or 1 along all axes but the last.
func.func @attention_c6(%x: tensor<3x2xf32>, %m: tensor<3x1xi1>) {
  // expected-error@+1 {{'etch.dot_product_attention' op mask bool[3,1] does not fit the scores, f32[3,3]: each axis but the last may be 1}}
  %r, %l = etch.dot_product_attention %x, %x, %x mask = %m causal = 0 : (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x1xi1>) -> (tensor<3x2xf32>, tensor<3xf32>)
  return
}

// -----

// attention_c7: causal is 0 or 1.
func.func @attention_c7(%x: tensor<3x2xf32>) {
  // expected-error@+1 {{'etch.dot_product_attention' op causal is 0 or 1; got 2}}
  %r, %l = etch.dot_product_attention %x, %x, %x causal = 2 : (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3xf32>)
  return
}
