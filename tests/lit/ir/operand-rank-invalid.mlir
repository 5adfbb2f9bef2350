// A tensor of more axes than Etch supports is refused with an error.
// The conversion of operand types in ir/dialect/Traits.cpp throws outside its try block, which ends the process.
// RUN: etch-opt %s -verify-diagnostics

func.func @operand_rank(%x: tensor<1x1x1x1x1x1x1x1x1xf32>) {
  // expected-error@+1 {{at most 8 axes are supported}}
  %0 = etch.abs %x : tensor<1x1x1x1x1x1x1x1x1xf32>
  return
}
