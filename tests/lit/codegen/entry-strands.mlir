// What runs side by side: a function of the strands, of which the runtime runs one a task.
// RUN: etch-opt %s --stop-after=target | FileCheck %s

// CHECK-LABEL: llvm.func @two_chains_entry
// CHECK: %[[BODY:.*]] = llvm.mlir.addressof @two_chains_strands_0_entry
// CHECK: llvm.call @etch_rt_parallel_for(%[[BODY]], %{{.*}}, %{{.*}}, %{{.*}})
// CHECK-NOT: llvm.call @dot_general
// CHECK: llvm.return

// CHECK-LABEL: llvm.func @two_chains_strands_0_entry
// CHECK: llvm.switch %arg1 : i64, ^[[SECOND:bb[0-9]+]] [
// CHECK-NEXT: 0: ^[[FIRST:bb[0-9]+]]
// CHECK: ^[[FIRST]]:
// CHECK-COUNT-3: llvm.call @dot_general
// CHECK: ^[[SECOND]]:
// CHECK-COUNT-3: llvm.call @dot_general
func.func @two_chains(%x: tensor<96x96xf32>, %y: tensor<96x96xf32>) -> (tensor<96x96xf32>, tensor<96x96xf32>) {
  %0 = etch.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  %1 = etch.dot_general %0, %x batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  %2 = etch.dot_general %1, %x batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  %3 = etch.dot_general %y, %y batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  %4 = etch.dot_general %3, %y batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  %5 = etch.dot_general %4, %y batch = [] x [] contract = [1] x [0] : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  return %2, %5 : tensor<96x96xf32>, tensor<96x96xf32>
}
