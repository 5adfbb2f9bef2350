// RUN: etch-opt %s -split-input-file -verify-diagnostics

// elementwise_c1: element types are those of the op's constraint.
func.func @elementwise_c1(%a: tensor<2xi1>, %x: tensor<2xi1>, %b: tensor<2xi1>) {
  // expected-error@+1 {{'etch.clamp' op operand #0 must be ranked tensor of number values}}
  %0 = etch.clamp %a, %x, %b : tensor<2xi1>
  return
}

// -----

// elementwise_c2: element types are equal.
func.func @elementwise_c2(%a: tensor<2xf32>, %x: tensor<2xf32>, %b: tensor<2xf64>) {
  // expected-error@+1 {{'etch.clamp' op operands have different dtypes: f32[2] and f64[2]}}
  %0 = "etch.clamp"(%a, %x, %b) : (tensor<2xf32>, tensor<2xf32>, tensor<2xf64>) -> tensor<2xf32>
  return
}

// -----

// elementwise_c3: ranks and known extents are equal.
func.func @elementwise_c3(%a: tensor<f32>, %x: tensor<2xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{'etch.clamp' op operands have different shapes: f32[] and f32[2]}}
  %0 = "etch.clamp"(%a, %x, %b) : (tensor<f32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

// The declared result type is what the rule gives.
func.func @result_type(%x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.clamp' op result is declared as f32[3]; operands and attributes give f32[2]}}
  %0 = "etch.clamp"(%x, %x, %x) : (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<3xf32>
  return
}
