// Tensors that are put together only to be taken apart again stay apart.
// RUN: etch-opt %s --etch-split-parts --split-input-file | FileCheck %s

// A loop carries the parts of its state, which is whole before and behind it. A constant is one for each part, and what
// comes from elsewhere is read in slices.
// CHECK-LABEL: func.func @state
// CHECK-DAG: %[[A:.*]] = etch.slice %arg0 starts = [0, 0] limits = [1, 20]
// CHECK-DAG: %[[B:.*]] = etch.slice %arg0 starts = [1, 0] limits = [3, 20]
// CHECK: %[[R:.*]]:2 = etch.for {{.*}}(%[[A]], %[[B]])
// CHECK: ^bb0(%{{.*}}: tensor<i64>, %[[X:.*]]: tensor<1x20xf32>, %[[Y:.*]]: tensor<2x20xf32>)
// CHECK-DAG: %[[FX:.*]] = etch.slice %arg1 starts = [0, 0] limits = [1, 20]
// CHECK-DAG: %[[FY:.*]] = etch.slice %arg1 starts = [1, 0] limits = [3, 20]
// CHECK: %[[Y1:.*]] = etch.slice %[[Y]] starts = [1, 0] limits = [2, 20]
// CHECK: %[[DX:.*]] = etch.sub %[[Y1]], %[[X]]
// CHECK: %[[HX:.*]] = etch.mul %{{.*}}, %[[DX]] : tensor<1x20xf32>
// CHECK: %[[HY:.*]] = etch.mul %{{.*}}, %{{.*}} : tensor<2x20xf32>
// CHECK: %[[NX:.*]] = etch.add %[[X]], %[[HX]]
// CHECK: %[[NY:.*]] = etch.add %[[Y]], %[[HY]]
// CHECK-DAG: %[[ZX:.*]] = etch.add %[[NX]], %[[FX]]
// CHECK-DAG: %[[ZY:.*]] = etch.add %[[NY]], %[[FY]]
// CHECK: etch.yield %[[ZX]], %[[ZY]]
// CHECK: %[[S:.*]] = etch.concatenate %[[R]]#0, %[[R]]#1 axis = 0
// CHECK: return %[[S]]
func.func @state(%s: tensor<3x20xf32>, %force: tensor<3x20xf32>) -> tensor<3x20xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %9 = etch.constant dense<9> : tensor<i64>
  %r = etch.for %0 to %9 (%s) : (tensor<i64>, tensor<i64>, tensor<3x20xf32>) -> tensor<3x20xf32> {
  ^bb0(%i: tensor<i64>, %t: tensor<3x20xf32>):
    %x = etch.slice %t starts = [0, 0] limits = [1, 20] strides = [1, 1] : (tensor<3x20xf32>) -> tensor<1x20xf32>
    %y = etch.slice %t starts = [1, 0] limits = [3, 20] strides = [1, 1] : (tensor<3x20xf32>) -> tensor<2x20xf32>
    %y1 = etch.slice %t starts = [2, 0] limits = [3, 20] strides = [1, 1] : (tensor<3x20xf32>) -> tensor<1x20xf32>
    %dx = etch.sub %y1, %x : tensor<1x20xf32>
    %dy = etch.neg %y : tensor<2x20xf32>
    %d = etch.concatenate %dx, %dy axis = 0 : (tensor<1x20xf32>, tensor<2x20xf32>) -> tensor<3x20xf32>
    %h = etch.constant dense<0.5> : tensor<3x20xf32>
    %hd = etch.mul %h, %d : tensor<3x20xf32>
    %n = etch.add %t, %hd : tensor<3x20xf32>
    %z = etch.add %n, %force : tensor<3x20xf32>
    etch.yield %z : tensor<3x20xf32>
  }
  return %r : tensor<3x20xf32>
}

// -----

// The state goes on as it is from another concatenation: the parts of one are slices of the other, in turn.
// CHECK-LABEL: func.func @exchanged
// CHECK: ^bb0(%{{.*}}: tensor<i64>, %[[X:.*]]: tensor<20xf32>, %[[V:.*]]: tensor<20xf32>)
// CHECK-NEXT: etch.yield %[[V]], %[[X]]
func.func @exchanged(%s: tensor<40xf32>) -> tensor<40xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %9 = etch.constant dense<9> : tensor<i64>
  %r = etch.for %0 to %9 (%s) : (tensor<i64>, tensor<i64>, tensor<40xf32>) -> tensor<40xf32> {
  ^bb0(%i: tensor<i64>, %t: tensor<40xf32>):
    %x = etch.slice %t starts = [0] limits = [20] strides = [1] : (tensor<40xf32>) -> tensor<20xf32>
    %v = etch.slice %t starts = [20] limits = [40] strides = [1] : (tensor<40xf32>) -> tensor<20xf32>
    %n = etch.concatenate %v, %x axis = 0 : (tensor<20xf32>, tensor<20xf32>) -> tensor<40xf32>
    etch.yield %n : tensor<40xf32>
  }
  return %r : tensor<40xf32>
}

// -----

// Outside of loops: one concatenation where a tensor is needed whole, for two that were sliced.
// CHECK-LABEL: func.func @step
// CHECK-NOT: tensor<40xf32>) -> tensor<20xf32>
// CHECK: %[[A:.*]] = etch.exp %arg0 : tensor<20xf32>
// CHECK: %[[B:.*]] = etch.exp %arg1 : tensor<20xf32>
// CHECK: %[[C:.*]] = etch.tanh %[[A]] : tensor<20xf32>
// CHECK: %[[D:.*]] = etch.tanh %[[B]] : tensor<20xf32>
// CHECK: %[[W:.*]] = etch.concatenate %[[C]], %[[D]] axis = 0
// CHECK: %[[S:.*]] = etch.add %[[A]], %[[D]]
// CHECK: return %[[S]], %[[W]]
func.func @step(%x: tensor<20xf32>, %y: tensor<20xf32>) -> (tensor<20xf32>, tensor<40xf32>) {
  %s = etch.concatenate %x, %y axis = 0 : (tensor<20xf32>, tensor<20xf32>) -> tensor<40xf32>
  %e = etch.exp %s : tensor<40xf32>
  %t = etch.tanh %e : tensor<40xf32>
  %a = etch.slice %e starts = [0] limits = [20] strides = [1] : (tensor<40xf32>) -> tensor<20xf32>
  %b = etch.slice %t starts = [20] limits = [40] strides = [1] : (tensor<40xf32>) -> tensor<20xf32>
  %r = etch.add %a, %b : tensor<20xf32>
  return %r, %t : tensor<20xf32>, tensor<40xf32>
}

// -----

// A tensor that is needed whole in each iteration is not divided for one slice, nor is one whose slices cross the parts.
// CHECK-LABEL: func.func @whole
// CHECK: ^bb0(%{{.*}}: tensor<i64>, %{{.*}}: tensor<40xf32>)
// CHECK: etch.concatenate
// CHECK: etch.yield %{{.*}} : tensor<40xf32>
// CHECK: etch.concatenate
// CHECK: %[[E:.*]] = etch.exp %{{.*}} : tensor<40xf32>
// CHECK: etch.slice %[[E]] starts = [10] limits = [30]
func.func @whole(%s: tensor<40xf32>, %w: tensor<40x40xf32>) -> (tensor<40xf32>, tensor<20xf32>) {
  %0 = etch.constant dense<0> : tensor<i64>
  %9 = etch.constant dense<9> : tensor<i64>
  %r = etch.for %0 to %9 (%s) : (tensor<i64>, tensor<i64>, tensor<40xf32>) -> tensor<40xf32> {
  ^bb0(%i: tensor<i64>, %t: tensor<40xf32>):
    %x = etch.slice %t starts = [0] limits = [20] strides = [1] : (tensor<40xf32>) -> tensor<20xf32>
    %p = etch.dot_general %w, %t batch = [] x [] contract = [1] x [0] : (tensor<40x40xf32>, tensor<40xf32>) -> tensor<40xf32>
    %q = etch.slice %p starts = [0] limits = [20] strides = [1] : (tensor<40xf32>) -> tensor<20xf32>
    %n = etch.concatenate %q, %x axis = 0 : (tensor<20xf32>, tensor<20xf32>) -> tensor<40xf32>
    etch.yield %n : tensor<40xf32>
  }
  %a = etch.slice %r starts = [0] limits = [20] strides = [1] : (tensor<40xf32>) -> tensor<20xf32>
  %c = etch.concatenate %a, %a axis = 0 : (tensor<20xf32>, tensor<20xf32>) -> tensor<40xf32>
  %e = etch.exp %c : tensor<40xf32>
  %m = etch.slice %e starts = [10] limits = [30] strides = [1] : (tensor<40xf32>) -> tensor<20xf32>
  return %r, %m : tensor<40xf32>, tensor<20xf32>
}

// -----

// What is divided in front of the loop and in the loop is sliced before both.
// CHECK-LABEL: func.func @both
// CHECK-DAG: %[[X:.*]] = etch.slice %arg0 starts = [0, 0] limits = [1, 20]
// CHECK-DAG: %[[Y:.*]] = etch.slice %arg0 starts = [1, 0] limits = [2, 20]
// CHECK-DAG: %[[ZX:.*]] = etch.exp %[[X]]
// CHECK-DAG: %[[ZY:.*]] = etch.exp %[[Y]]
// CHECK: etch.for {{.*}}(%[[X]], %[[Y]])
func.func @both(%s: tensor<2x20xf32>) -> tensor<2x20xf32> {
  %0 = etch.constant dense<0> : tensor<i64>
  %9 = etch.constant dense<9> : tensor<i64>
  %z = etch.exp %s : tensor<2x20xf32>
  %r = etch.for %0 to %9 (%s) : (tensor<i64>, tensor<i64>, tensor<2x20xf32>) -> tensor<2x20xf32> {
  ^bb0(%i: tensor<i64>, %t: tensor<2x20xf32>):
    %x = etch.slice %t starts = [0, 0] limits = [1, 20] strides = [1, 1] : (tensor<2x20xf32>) -> tensor<1x20xf32>
    %y = etch.slice %t starts = [1, 0] limits = [2, 20] strides = [1, 1] : (tensor<2x20xf32>) -> tensor<1x20xf32>
    %n = etch.concatenate %y, %x axis = 0 : (tensor<1x20xf32>, tensor<1x20xf32>) -> tensor<2x20xf32>
    %u = etch.add %n, %z : tensor<2x20xf32>
    etch.yield %u : tensor<2x20xf32>
  }
  return %r : tensor<2x20xf32>
}
