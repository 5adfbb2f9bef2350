// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @while(
// CHECK: etch.while(%{{.*}}, %{{.*}}) : (tensor<i64>, tensor<2xf32>) -> (tensor<i64>, tensor<2xf32>) {
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<i64>, %{{.*}}: tensor<2xf32>):
// CHECK-NEXT: etch.less
// CHECK-NEXT: etch.yield %{{.*}} : tensor<i1>
// CHECK-NEXT: } do {
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<i64>, %{{.*}}: tensor<2xf32>):
// CHECK-NEXT: etch.add
// CHECK-NEXT: etch.square
// CHECK-NEXT: etch.yield %{{.*}}, %{{.*}} : tensor<i64>, tensor<2xf32>
func.func @while(%i: tensor<i64>, %n: tensor<i64>, %x: tensor<2xf32>) -> tensor<2xf32> {
  %0:2 = etch.while(%i, %x) : (tensor<i64>, tensor<2xf32>) -> (tensor<i64>, tensor<2xf32>) {
  ^bb0(%j: tensor<i64>, %y: tensor<2xf32>):
    %1 = etch.less %j, %n : (tensor<i64>, tensor<i64>) -> tensor<i1>
    etch.yield %1 : tensor<i1>
  } do {
  ^bb0(%j: tensor<i64>, %y: tensor<2xf32>):
    %1 = etch.add %j, %n : tensor<i64>
    %2 = etch.square %y : tensor<2xf32>
    etch.yield %1, %2 : tensor<i64>, tensor<2xf32>
  }
  return %0#1 : tensor<2xf32>
}

// CHECK-LABEL: func.func @while_nothing_carried(
// CHECK: etch.while() : () -> () {
func.func @while_nothing_carried(%p: tensor<i1>) {
  etch.while() : () -> () {
    etch.yield %p : tensor<i1>
  } do {
    etch.yield
  }
  return
}
