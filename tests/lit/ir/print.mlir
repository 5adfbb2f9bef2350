// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @print(
// CHECK: etch.print "x = {}, y = {}"(%{{.*}}, %{{.*}}) : tensor<2xf32>, tensor<i1>
func.func @print(%x: tensor<2xf32>, %y: tensor<i1>) {
  etch.print "x = {}, y = {}"(%x, %y) : tensor<2xf32>, tensor<i1>
  return
}
