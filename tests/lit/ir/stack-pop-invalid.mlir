// RUN: etch-opt %s -split-input-file -verify-diagnostics

// Sizes are i64 scalars.
func.func @stack_pop_size(%n: tensor<i32>) {
  // expected-error@+1 {{'etch.stack_pop' op operand #0 must be variadic of 0D tensor of 64-bit signless integer values}}
  %0 = etch.stack_pop sizes %n id = 3 : (tensor<i32>) -> tensor<?xf32>
  return
}

// -----

func.func @stack_pop_c1() {
  // expected-error@+1 {{'etch.stack_pop' op has 0 sizes for 1 unknown extents of 'tensor<?xf32>'}}
  %0 = etch.stack_pop id = 3 : () -> tensor<?xf32>
  return
}
