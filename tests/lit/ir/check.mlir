// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @check(
// CHECK: etch.check %{{.*}}, "must hold" : tensor<i1>
func.func @check(%p: tensor<i1>) {
  etch.check %p, "must hold" : tensor<i1>
  return
}
