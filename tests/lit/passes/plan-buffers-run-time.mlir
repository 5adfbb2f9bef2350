// Values whose extents data decides on live in blocks (2^32 and up), sized while the function runs.
// RUN: etch-opt %s --etch-form-kernels --etch-plan-buffers --split-input-file | FileCheck %s

// A list that grows in a loop, and the loop's result: block 0. What the body makes: block 2. The sum has a slot again.
// CHECK-LABEL: func.func @grows
// CHECK-SAME: -> (tensor<?xf32> {etch.run_time}, tensor<f32>)
// CHECK-SAME: etch.can_fail
// CHECK: etch.for {{.*}} attributes {etch.run_time, etch.slots = array<i64: {{[0-9]}}, 4294967296>}
// CHECK: etch.launch @concatenate({{.*}}) slots = [4294967298] {etch.run_time}
// CHECK: etch.launch @reduce_sum({{.*}}) slots = [-2] {etch.run_time}
func.func @grows(%n: tensor<i64>, %x: tensor<1xf32>) -> (tensor<?xf32>, tensor<f32>) {
  %zero = etch.constant dense<0> : tensor<i64>
  %one = etch.constant dense<1> : tensor<i64>
  %init = etch.reshape %x sizes %one shape = [-1] : (tensor<1xf32>, tensor<i64>) -> tensor<?xf32>
  %list = etch.for %zero to %n(%init) : (tensor<i64>, tensor<i64>, tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%i: tensor<i64>, %carried: tensor<?xf32>):
    %longer = etch.concatenate %carried, %x axis = 0 : (tensor<?xf32>, tensor<1xf32>) -> tensor<?xf32>
    etch.yield %longer : tensor<?xf32>
  }
  %sum = etch.reduce_sum %list axes = [0] : (tensor<?xf32>) -> tensor<f32>
  return %list, %sum : tensor<?xf32>, tensor<f32>
}

// -----

// What a loop carries with the extents it came with is planned as before.
// CHECK-LABEL: func.func @keeps
// CHECK-NOT: etch.run_time
// CHECK-NOT: 429496729
func.func @keeps(%n: tensor<i64>, %x: tensor<?xf32>) -> tensor<?xf32> {
  %zero = etch.constant dense<0> : tensor<i64>
  %list = etch.for %zero to %n(%x) : (tensor<i64>, tensor<i64>, tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%i: tensor<i64>, %carried: tensor<?xf32>):
    %next = etch.exp %carried : tensor<?xf32>
    etch.yield %next : tensor<?xf32>
  }
  return %list : tensor<?xf32>
}

// -----

// So is what shrinks by what it grew.
// CHECK-LABEL: func.func @grows_and_shrinks
// CHECK-NOT: etch.run_time
func.func @grows_and_shrinks(%n: tensor<i64>, %x: tensor<?xf32>) -> tensor<?xf32> {
  %zero = etch.constant dense<0> : tensor<i64>
  %pad = etch.constant dense<0.0> : tensor<f32>
  %list = etch.for %zero to %n(%x) : (tensor<i64>, tensor<i64>, tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%i: tensor<i64>, %carried: tensor<?xf32>):
    %longer = etch.pad %carried, %pad low = [2] high = [0] interior = [0] : (tensor<?xf32>, tensor<f32>) -> tensor<?xf32>
    %back = etch.pad %longer, %pad low = [0] high = [-2] interior = [0] : (tensor<?xf32>, tensor<f32>) -> tensor<?xf32>
    etch.yield %back : tensor<?xf32>
  }
  return %list : tensor<?xf32>
}

// -----

// A size that ops compute: read when it is known.
// CHECK-LABEL: func.func @computed_size
// CHECK: %[[N:.*]] = etch.launch @{{.*}}(%arg0) slots = [0] : (tensor<4xi64>) -> tensor<i64>
// CHECK: etch.launch {{.*}}%[[N]]{{.*}} slots = [4294967296] {etch.run_time}
func.func @computed_size(%x: tensor<4xi64>, %y: tensor<f32>) -> tensor<?xf32> {
  %n = etch.reduce_sum %x axes = [0] : (tensor<4xi64>) -> tensor<i64>
  %r = etch.broadcast_in_dim %y sizes %n shape = [-1] dims = [] : (tensor<f32>, tensor<i64>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}
