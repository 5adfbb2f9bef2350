// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @select(
// CHECK: etch.select %{{.*}}, %{{.*}}, %{{.*}} : tensor<2xi1>, tensor<2xf32>
func.func @select(%p: tensor<2xi1>, %x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.select %p, %x, %y : tensor<2xi1>, tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @select_unknown_extent(
// CHECK: etch.select %{{.*}}, %{{.*}}, %{{.*}} : tensor<?xi1>, tensor<?xi32>
func.func @select_unknown_extent(%p: tensor<?xi1>, %x: tensor<?xi32>, %y: tensor<?xi32>) -> tensor<?xi32> {
  %0 = etch.select %p, %x, %y : tensor<?xi1>, tensor<?xi32>
  return %0 : tensor<?xi32>
}
