// REQUIRES: etch-run
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py x.npy f4 3 1,2,3
// RUN: python3 %S/make_npy.py y.npy f4 3 4,5,6
// RUN: python3 %S/make_npy.py n.npy i8 "" 27
// RUN: python3 %S/make_npy.py three.npy i8 "" 3
// RUN: python3 %S/make_npy.py true.npy b1 "" 1
// RUN: python3 %S/make_npy.py false.npy b1 "" 0
// RUN: etch-run %s --entry branch --input true.npy x.npy | FileCheck %s --check-prefix=THEN
// RUN: etch-run %s --entry branch --input false.npy x.npy | FileCheck %s --check-prefix=ELSE
// RUN: etch-run %s --entry collatz --input n.npy | FileCheck %s --check-prefix=WHILE
// RUN: etch-run %s --entry power --input x.npy three.npy | FileCheck %s --check-prefix=FOR
// RUN: etch-run %s --entry swap --input x.npy y.npy three.npy | FileCheck %s --check-prefix=SWAP
// RUN: etch-run %s --entry unused_result --input false.npy x.npy | FileCheck %s --check-prefix=UNUSED
// RUN: etch-run %s --entry yields_lazy --input false.npy x.npy | FileCheck %s --check-prefix=LAZY

// THEN: [-1. -2. -3.]
// ELSE: [1. 2. 3.]
// 27 takes 111 steps to reach 1.
// WHILE: 0: result 0 i64[]
// WHILE-NEXT: 1{{$}}
// WHILE-NEXT: 1: result 1 i64[]
// WHILE-NEXT: 111{{$}}
// FOR: [ 1.  8. 27.]
// SWAP: [4. 5. 6.]
// SWAP: [1. 2. 3.]
// UNUSED: 14.0
// LAZY: [9. 4. 1.]
func.func @branch(%p: tensor<i1>, %x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = etch.if %p : (tensor<i1>) -> tensor<3xf32> {
    %1 = etch.neg %x : tensor<3xf32>
    etch.yield %1 : tensor<3xf32>
  } else {
    etch.yield %x : tensor<3xf32>
  }
  return %0 : tensor<3xf32>
}
func.func @collatz(%n: tensor<i64>) -> (tensor<i64>, tensor<i64>) {
  %zero = etch.constant dense<0> : tensor<i64>
  %one = etch.constant dense<1> : tensor<i64>
  %two = etch.constant dense<2> : tensor<i64>
  %three = etch.constant dense<3> : tensor<i64>
  %0:2 = etch.while(%n, %zero) : (tensor<i64>, tensor<i64>) -> (tensor<i64>, tensor<i64>) {
  ^bb0(%i: tensor<i64>, %steps: tensor<i64>):
    %more = etch.greater %i, %one : (tensor<i64>, tensor<i64>) -> tensor<i1>
    etch.yield %more : tensor<i1>
  } do {
  ^bb0(%i: tensor<i64>, %steps: tensor<i64>):
    %r = etch.rem %i, %two : tensor<i64>
    %odd = etch.equal %r, %one : (tensor<i64>, tensor<i64>) -> tensor<i1>
    %next = etch.if %odd : (tensor<i1>) -> tensor<i64> {
      %t = etch.mul %i, %three : tensor<i64>
      %u = etch.add %t, %one : tensor<i64>
      etch.yield %u : tensor<i64>
    } else {
      %h = etch.div %i, %two : tensor<i64>
      etch.yield %h : tensor<i64>
    }
    %s = etch.add %steps, %one : tensor<i64>
    etch.yield %next, %s : tensor<i64>, tensor<i64>
  }
  return %0#0, %0#1 : tensor<i64>, tensor<i64>
}
func.func @power(%x: tensor<3xf32>, %n: tensor<i64>) -> tensor<3xf32> {
  %zero = etch.constant dense<0> : tensor<i64>
  %ones = etch.constant dense<1.0> : tensor<3xf32>
  %0 = etch.for %zero to %n(%ones) : (tensor<i64>, tensor<i64>, tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%i: tensor<i64>, %y: tensor<3xf32>):
    %1 = etch.mul %y, %x : tensor<3xf32>
    etch.yield %1 : tensor<3xf32>
  }
  return %0 : tensor<3xf32>
}
func.func @swap(%a: tensor<3xf32>, %b: tensor<3xf32>, %n: tensor<i64>) -> (tensor<3xf32>, tensor<3xf32>) {
  %zero = etch.constant dense<0> : tensor<i64>
  %0:2 = etch.for %zero to %n(%a, %b) : (tensor<i64>, tensor<i64>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  ^bb0(%i: tensor<i64>, %x: tensor<3xf32>, %y: tensor<3xf32>):
    etch.yield %y, %x : tensor<3xf32>, tensor<3xf32>
  }
  return %0#0, %0#1 : tensor<3xf32>, tensor<3xf32>
}
// The first result, which nothing reads, had the memory of the dot: it was written before the dot was copied out.
func.func @unused_result(%p: tensor<i1>, %x: tensor<3xf32>) -> tensor<f32> {
  %c = etch.constant dense<2.0> : tensor<f32>
  %0:2 = etch.if %p : (tensor<i1>) -> (tensor<3xf32>, tensor<f32>) {
    etch.yield %x, %c : tensor<3xf32>, tensor<f32>
  } else {
    %1 = etch.dot_general %x, %x batch = [] x [] contract = [0] x [0] : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
    etch.yield %x, %1 : tensor<3xf32>, tensor<f32>
  }
  return %0#1 : tensor<f32>
}
// An op that moves elements, yielded from a region, was outlined into the enclosing block.
func.func @yields_lazy(%p: tensor<i1>, %x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = etch.if %p : (tensor<i1>) -> tensor<3xf32> {
    etch.yield %x : tensor<3xf32>
  } else {
    %1 = etch.square %x : tensor<3xf32>
    %2 = etch.reverse %1 axes = [0] : (tensor<3xf32>) -> tensor<3xf32>
    etch.yield %2 : tensor<3xf32>
  }
  return %0 : tensor<3xf32>
}
