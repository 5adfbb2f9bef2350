// RUN: etch-opt %s | etch-opt | FileCheck %s

func.func private @f(tensor<2xf32>) -> tensor<2xf32>
func.func private @nothing()

// CHECK-LABEL: func.func @call(
// CHECK: etch.call @f(%{{.*}}) : (tensor<2xf32>) -> tensor<2xf32>
// CHECK: etch.call @nothing() : () -> ()
func.func @call(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.call @f(%x) : (tensor<2xf32>) -> tensor<2xf32>
  etch.call @nothing() : () -> ()
  return %0 : tensor<2xf32>
}
