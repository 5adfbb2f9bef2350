// Results too large for the caches are stored past them: where they begin at a line and lie over no operand, else as
// any others. A fence follows, since such stores are not ordered with what other threads read next.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// CHECK-LABEL: func.func private @tanh
// CHECK-DAG: %[[X:.*]] = llvm.ptrtoint
// CHECK-DAG: arith.cmpi eq
// CHECK-DAG: arith.cmpi ne
// CHECK: scf.if
// CHECK: scf.for
// CHECK: llvm.store {{.*}} {alignment = 64 : i64, nontemporal} : vector<64xf32>
// CHECK: else
// CHECK-NOT: nontemporal
// CHECK: llvm.fence seq_cst
module attributes {etch.vector_unit = "512x32+fma+streams"} {
  func.func @large(%x: tensor<4194304xf32>) -> tensor<4194304xf32> {
    %0 = etch.tanh %x : tensor<4194304xf32>
    return %0 : tensor<4194304xf32>
  }
}

// -----

// What the caches hold stays in them.
// CHECK-LABEL: func.func private @neg
// CHECK-NOT: nontemporal
// CHECK-NOT: llvm.fence
// CHECK: return
module attributes {etch.vector_unit = "512x32+fma+streams"} {
  func.func @small(%x: tensor<2097152xf32>) -> tensor<2097152xf32> {
    %0 = etch.neg %x : tensor<2097152xf32>
    return %0 : tensor<2097152xf32>
  }
}

// -----

// So it does on processors where nothing is known to be gained.
// CHECK-LABEL: func.func private @neg
// CHECK-NOT: nontemporal
// CHECK: return
module attributes {etch.vector_unit = "512x32+fma+amx"} {
  func.func @other(%x: tensor<4194304xf32>) -> tensor<4194304xf32> {
    %0 = etch.neg %x : tensor<4194304xf32>
    return %0 : tensor<4194304xf32>
  }
}

// -----

// Exponentials wait on the stack, not in the row of the result, which would be in a cache then.
// CHECK-LABEL: func.func private @reduce_max_sub_exp_reduce_sum_etc
// CHECK: llvm.alloca
// CHECK: scf.if
// CHECK: llvm.store {{.*}} {alignment = 64 : i64, nontemporal} : vector<16xf32>
// CHECK: else
// CHECK: llvm.fence seq_cst
module attributes {etch.vector_unit = "512x32+fma+streams"} {
  func.func @softmax(%x: tensor<4096x1024xf32>) -> tensor<4096x1024xf32> {
    %0 = etch.reduce_max %x axes = [1] : (tensor<4096x1024xf32>) -> tensor<4096xf32>
    %1 = etch.broadcast_in_dim %0 shape = [4096, 1024] dims = [0] : (tensor<4096xf32>) -> tensor<4096x1024xf32>
    %2 = etch.sub %x, %1 : tensor<4096x1024xf32>
    %3 = etch.exp %2 : tensor<4096x1024xf32>
    %4 = etch.reduce_sum %3 axes = [1] : (tensor<4096x1024xf32>) -> tensor<4096xf32>
    %5 = etch.broadcast_in_dim %4 shape = [4096, 1024] dims = [0] : (tensor<4096xf32>) -> tensor<4096x1024xf32>
    %6 = etch.div %3, %5 : tensor<4096x1024xf32>
    return %6 : tensor<4096x1024xf32>
  }
}

// -----

// Rows that do not begin at lines.
// CHECK-LABEL: func.func private @add
// CHECK-NOT: nontemporal
// CHECK: return
module attributes {etch.vector_unit = "512x32+fma+streams"} {
  func.func @odd(%x: tensor<4201x1025xf32>, %row: tensor<1025xf32>) -> tensor<4201x1025xf32> {
    %0 = etch.broadcast_in_dim %row shape = [4201, 1025] dims = [1] : (tensor<1025xf32>) -> tensor<4201x1025xf32>
    %1 = etch.add %x, %0 : tensor<4201x1025xf32>
    return %1 : tensor<4201x1025xf32>
  }
}
