// RUN: etch-opt %s -split-input-file -verify-diagnostics

// The kernel is a function of the module.
func.func @launch_kernel(%x: tensor<2xf32>) {
  // expected-error@+1 {{'etch.launch' op names no function: @nowhere}}
  %0 = etch.launch @nowhere(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func private @kernel(tensor<2xf32>) -> tensor<2xf32> attributes {etch.kernel}

// Operands and results are those of the kernel.
func.func @launch_types(%x: tensor<3xf32>) {
  // expected-error@+1 {{'etch.launch' op operands and results do not fit kernel @kernel : '(tensor<2xf32>) -> tensor<2xf32>'}}
  %0 = etch.launch @kernel(%x) : (tensor<3xf32>) -> tensor<2xf32>
  return
}
