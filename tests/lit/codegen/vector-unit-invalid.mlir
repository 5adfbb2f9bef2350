// A vector unit that is none is refused. Vectors of no lanes were divided by.
// RUN: not etch-opt %s --stop-after=kernels 2>&1 | FileCheck %s

// CHECK: error: {{.*}}attribute etch.vector_unit: "1x32+fma" is no vector unit, such as "512x32+fma"
module attributes {etch.vector_unit = "1x32+fma"} {
  func.func @large(%x: tensor<64xf32>) -> tensor<64xf32> {
    %0 = etch.tanh %x : tensor<64xf32>
    return %0 : tensor<64xf32>
  }
}
