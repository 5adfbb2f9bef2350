// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @for(
// CHECK: etch.for %{{.*}} to %{{.*}}(%{{.*}}) : (tensor<i64>, tensor<i64>, tensor<2xf32>) -> tensor<2xf32> {
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<i64>, %{{.*}}: tensor<2xf32>):
// CHECK-NEXT: etch.square
// CHECK-NEXT: etch.yield %{{.*}} : tensor<2xf32>
func.func @for(%lower: tensor<i64>, %upper: tensor<i64>, %x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.for %lower to %upper(%x) : (tensor<i64>, tensor<i64>, tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%i: tensor<i64>, %y: tensor<2xf32>):
    %1 = etch.square %y : tensor<2xf32>
    etch.yield %1 : tensor<2xf32>
  }
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @for_nothing_carried(
// CHECK: etch.for %{{.*}} to %{{.*}}() : (tensor<i64>, tensor<i64>) -> () {
func.func @for_nothing_carried(%lower: tensor<i64>, %upper: tensor<i64>) {
  etch.for %lower to %upper() : (tensor<i64>, tensor<i64>) -> () {
  ^bb0(%i: tensor<i64>):
    etch.print "{}"(%i) : tensor<i64>
    etch.yield
  }
  return
}
