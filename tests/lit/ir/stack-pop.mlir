// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @stack_pop(
// CHECK: etch.stack_pop id = 3 : () -> tensor<2xf32>
func.func @stack_pop() -> tensor<2xf32> {
  %0 = etch.stack_pop id = 3 : () -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @stack_pop_unknown_extent(
// CHECK: etch.stack_pop sizes %{{.*}} id = 3 : (tensor<i64>) -> tensor<?xf32>
func.func @stack_pop_unknown_extent(%n: tensor<i64>) -> tensor<?xf32> {
  %0 = etch.stack_pop sizes %n id = 3 : (tensor<i64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
