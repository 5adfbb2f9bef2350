// RUN: etch-opt %s -split-input-file -verify-diagnostics

// attention_gradient_c1: g is like the result, logsumexp and delta are one number a query.
func.func @attention_gradient_c1(%x: tensor<3x2xf32>, %g: tensor<4x2xf32>, %l: tensor<3xf32>) {
  // expected-error@+1 {{'etch.dot_product_attention_gradient' op the cotangent is like the result, f32[3,2]; got f32[4,2]}}
  %a, %b, %c = etch.dot_product_attention_gradient %x, %x, %x of %g, %l, %l causal = 0 : (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<4x2xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>)
  return
}

// -----

func.func @attention_gradient_c1_delta(%x: tensor<3x2xf32>, %l: tensor<3xf32>, %d: tensor<2xf32>) {
  // expected-error@+1 {{'etch.dot_product_attention_gradient' op delta is one number a query, f32[3]; got f32[2]}}
  %a, %b, %c = etch.dot_product_attention_gradient %x, %x, %x of %x, %l, %d causal = 0 : (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3xf32>, tensor<2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>)
  return
}
