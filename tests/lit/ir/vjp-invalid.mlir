// RUN: etch-opt %s -split-input-file -verify-diagnostics

func.func private @f(tensor<2xf32>) -> tensor<2xf32>

// Operands split into inputs and cotangents.
func.func @vjp_segments(%x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.vjp' op operand count (2) does not match with the total size (3) specified in attribute 'operandSegmentSizes'}}
  %0 = "etch.vjp"(%x, %x) <{callee = @f, operandSegmentSizes = array<i32: 2, 1>, wrt = array<i64: 0>}> : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @vjp_nothing(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'etch.vjp' op names @f, which the module does not define}}
  %0:2 = etch.vjp @f(%x) cotangents(%x) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %0#1 : tensor<4xf32>
}

// -----

func.func private @f(tensor<4xf32>) -> tensor<4xf32>
func.func @vjp_wrt(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'etch.vjp' op wrt 1 is out of range: @f takes 1 operands}}
  %0:2 = etch.vjp @f(%x) cotangents(%x) wrt = [1] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %0#1 : tensor<4xf32>
}

// -----

func.func private @f(tensor<4xf32>) -> tensor<4xf32>
func.func @vjp_operands(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @below {{'etch.vjp' op operands do not fit @f : '(tensor<4xf32>) -> tensor<4xf32>'}}
  %0:2 = etch.vjp @f(%x) cotangents(%x) wrt = [0] : (tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %0#1 : tensor<3xf32>
}

// -----

func.func private @f(tensor<4xf32>) -> tensor<4xf32>
func.func @vjp_seeds(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'etch.vjp' op takes one cotangent for each floating-point result, of the same type}}
  %0:2 = etch.vjp @f(%x) cotangents() wrt = [0] : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %0#1 : tensor<4xf32>
}

// -----

func.func private @f(tensor<4xf32>) -> tensor<4xf32>
func.func @vjp_results(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'etch.vjp' op must return what @f returns, then the derivatives}}
  %0 = etch.vjp @f(%x) cotangents(%x) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
