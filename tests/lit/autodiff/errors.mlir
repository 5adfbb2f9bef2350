// RUN: etch-opt %s --etch-expand-derivatives --split-input-file --verify-diagnostics

func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{etch.host_call has no derivative rule; put stop_gradient around what it takes}}
  %r = etch.host_call 3 (%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

// -----

func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{etch.host_call has no derivative rule; put stop_gradient around what it takes}}
  %r = etch.host_call 3 (%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
func.func @forward(%x: tensor<4xf32>, %t: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%t) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

// -----

func.func private @clip(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func private @clip_backward(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  return %g : tensor<4xf32>
}
func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{forward mode is not available through a custom gradient}}
  %r = etch.custom_vjp @clip backward @clip_backward(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
func.func @forward(%x: tensor<4xf32>, %t: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.jvp @f(%x) tangents(%t) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

// -----

// expected-error @below {{@f calls itself}}
func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.call @f(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func private @f(tensor<4xf32>) -> tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'etch.vjp' op names @f, which is only declared}}
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
