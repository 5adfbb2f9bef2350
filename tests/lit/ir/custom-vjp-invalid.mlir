// RUN: etch-opt %s -split-input-file -verify-diagnostics

// Operands are tensors of Etch.
func.func @custom_vjp_element(%x: tensor<2xf80>) {
  // expected-error@+1 {{'etch.custom_vjp' op operand #0 must be variadic of ranked tensor of element values}}
  %0 = etch.custom_vjp @f backward @f_backward(%x) : (tensor<2xf80>) -> tensor<2xf32>
  return
}

// -----

func.func private @f(tensor<4xf32>) -> tensor<4xf32>
func.func @custom_vjp_no_backward(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'etch.custom_vjp' op names @f_backward, which the module does not define}}
  %0 = etch.custom_vjp @f backward @f_backward(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func private @f(tensor<4xf32>) -> tensor<4xf32>
func.func private @f_backward(tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
func.func @custom_vjp_type(%x: tensor<4xf32>) -> tensor<3xf32> {
  // expected-error @below {{'etch.custom_vjp' op has type '(tensor<4xf32>) -> tensor<3xf32>', but @f is '(tensor<4xf32>) -> tensor<4xf32>'}}
  %0 = etch.custom_vjp @f backward @f_backward(%x) : (tensor<4xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func private @f(tensor<4xf32>) -> tensor<4xf32>
func.func private @f_backward(tensor<4xf32>) -> tensor<4xf32>
func.func @custom_vjp_cotangents(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'etch.custom_vjp' op needs a backward function that takes its operands and a cotangent for each floating-point result}}
  %0 = etch.custom_vjp @f backward @f_backward(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func private @f(tensor<4xf32>) -> tensor<4xf32>
func.func private @f_backward(tensor<4xf32>, tensor<4xf32>) -> tensor<3xf32>
func.func @custom_vjp_returns(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{and returns a cotangent for each operand; @f_backward is '(tensor<4xf32>, tensor<4xf32>) -> tensor<3xf32>'}}
  %0 = etch.custom_vjp @f backward @f_backward(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// An operand without derivative may be left out of what backward returns, or not.
func.func private @f(tensor<4xf32>, tensor<i64>) -> tensor<4xf32>
func.func private @all(tensor<4xf32>, tensor<i64>, tensor<4xf32>) -> (tensor<4xf32>, tensor<i64>)
func.func private @floats(tensor<4xf32>, tensor<i64>, tensor<4xf32>) -> tensor<4xf32>
func.func @custom_vjp_integers(%x: tensor<4xf32>, %i: tensor<i64>) -> tensor<4xf32> {
  %0 = etch.custom_vjp @f backward @all(%x, %i) : (tensor<4xf32>, tensor<i64>) -> tensor<4xf32>
  %1 = etch.custom_vjp @f backward @floats(%0, %i) : (tensor<4xf32>, tensor<i64>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
