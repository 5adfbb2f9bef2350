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

func.func private @clip(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func private @clip_backward(%g: tensor<4xf32>) -> tensor<4xf32> {
  return %g : tensor<4xf32>
}
func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{needs a backward function that takes its operands and a cotangent for each floating-point result}}
  %r = etch.custom_vjp @clip backward @clip_backward(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

// -----

func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{etch.vjp names @f, which the module does not define}}
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

// -----

func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{etch.vjp wrt 1 is out of range: @f takes 1 operands}}
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [1] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

// -----

func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @reverse(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{etch.vjp takes one cotangent for each floating-point result}}
  %r:2 = etch.vjp @f(%x) cotangents() wrt = [0] : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}

// -----

// expected-error @below {{@f calls itself}}
func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = etch.call @f(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// Whether calls fit their callees is asked where bodies are first copied, differentiated or not.
func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @call(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @below {{etch.call has type '(tensor<3xf32>) -> tensor<3xf32>', but @f is '(tensor<4xf32>) -> tensor<4xf32>'}}
  %r = etch.call @f(%x) : (tensor<3xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

func.func private @clip(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func private @clip_backward(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  return %g : tensor<4xf32>
}
func.func @custom(%x: tensor<4xf32>) -> tensor<3xf32> {
  // expected-error @below {{etch.custom_vjp has type '(tensor<4xf32>) -> tensor<3xf32>', but @clip is '(tensor<4xf32>) -> tensor<4xf32>'}}
  %r = etch.custom_vjp @clip backward @clip_backward(%x) : (tensor<4xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

func.func private @clip(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func private @clip_backward(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<3xf32> {
  %r = etch.slice %g starts = [0] limits = [3] strides = [1] : (tensor<4xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}
func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{and returns a cotangent for each operand; @clip_backward is '(tensor<4xf32>, tensor<4xf32>) -> tensor<3xf32>'}}
  %r = etch.custom_vjp @clip backward @clip_backward(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
func.func @reverse(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = etch.vjp @f(%x) cotangents(%g) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#1 : tensor<4xf32>
}
