// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @stack_push(
// CHECK: etch.stack_push %{{.*}} id = 3 : tensor<?xf32>
func.func @stack_push(%x: tensor<?xf32>) {
  etch.stack_push %x id = 3 : tensor<?xf32>
  return
}
