// What a function takes and gives are tensors of known rank; what a result updates is an argument of its type.
// RUN: not etch-opt %s --etch-verify-stage=stage=trace --split-input-file 2>&1 | FileCheck %s

// CHECK: error: 'func.func' op takes or gives 'f32', expected ranked tensors
func.func @number(%x: f32) -> f32 {
  return %x : f32
}

// -----

// CHECK: error: 'func.func' op takes or gives 'tensor<*xf32>', expected ranked tensors
func.func @any_rank(%x: tensor<*xf32>) -> tensor<*xf32> {
  return %x : tensor<*xf32>
}

// -----

// CHECK: error: 'func.func' op takes or gives 'tensor<2xf80>', expected ranked tensors of Etch's element types
func.func @element(%x: tensor<2xf80>) {
  return
}

// -----

// CHECK: error: 'func.func' op result 0 is the new value of argument 7, which is none of its type
// CHECK: error: 'func.func' op result 1 is the new value of argument 1, which is none of its type
func.func @updates(%x: tensor<2xf32>, %y: tensor<3xf32>) -> (tensor<2xf32> {etch.updates = 7 : i64}, tensor<2xf32> {etch.updates = 1 : i64}) {
  return %x, %x : tensor<2xf32>, tensor<2xf32>
}
