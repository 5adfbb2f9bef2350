// REQUIRES: etchc
// A module that was saved under Policy::strict is compiled so without the flag.
// RUN: etchc %s --emit=llvm --target-cpu x86-64-v3 | FileCheck %s --check-prefix=STRICT
// RUN: sed 's/"strict"/"standard"/' %s > %t.mlir && etchc %t.mlir --emit=llvm --target-cpu x86-64-v3 | FileCheck %s --check-prefix=STANDARD
// STRICT-NOT: contract
// STANDARD: fmul contract
module attributes {etch.policy = "strict"} {
  func.func @f(%x: tensor<37xf32>) -> tensor<37xf32> {
    %p = etch.mul %x, %x : tensor<37xf32>
    %s = etch.add %p, %x : tensor<37xf32>
    return %s : tensor<37xf32>
  }
}
