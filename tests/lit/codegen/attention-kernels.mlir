// Scores are products of blocks, in memory of the thread.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s

// 3 heads of 2 blocks of queries are 6 tasks. Scores, e^(score - largest), products with the values.
// CHECK-LABEL: func.func private @dot_product_attention
// CHECK-SAME: etch.kernel = "attention"
// CHECK-SAME: etch.trips = 6
// CHECK: call @etch_rt_scratch
// CHECK: scf.for
// CHECK: call @etch_shared_gemm_f32
// CHECK: arith.cmpf ogt, {{.*}} : vector<16xf32>
// CHECK: math.fma {{.*}} : vector<16xf32>
// CHECK: call @etch_shared_gemm_f32
// CHECK: return
func.func @forward(%q: tensor<3x300x8xf32>, %k: tensor<3x300x8xf32>, %v: tensor<3x300x16xf32>) -> tensor<3x300x16xf32> {
  %r, %l = etch.dot_product_attention %q, %k, %v causal = 0
    : (tensor<3x300x8xf32>, tensor<3x300x8xf32>, tensor<3x300x16xf32>) -> (tensor<3x300x16xf32>, tensor<3x300xf32>)
  return %r : tensor<3x300x16xf32>
}

// -----

// A task is a part of the keys of a head: of 3 heads with 2 blocks of keys, one block. What nobody asks for is not
// computed: scores, g . value^T, and one product. What the parts give the queries is added in order.
// CHECK-LABEL: func.func private @dot_product_attention_gradient.keys
// CHECK-COUNT-3: call @etch_shared_gemm_f32
// CHECK-NOT: call @etch_shared_gemm_f32
// CHECK: return
// CHECK: func.func private @dot_product_attention_gradient.sums
// CHECK: %[[MINE:.*]] = llvm.load %{{.*}} : !llvm.ptr -> vector<16xf32>
// CHECK: %[[NEXT:.*]] = llvm.load %{{.*}} : !llvm.ptr -> vector<16xf32>
// CHECK: arith.addf %[[MINE]], %[[NEXT]]
// CHECK-LABEL: func.func private @dot_product_attention_gradient(
// CHECK-SAME: etch.trips = 1 :
// CHECK: call @etch_rt_parallel_for
// CHECK: call @etch_rt_parallel_for
func.func @by_query(%q: tensor<3x300x8xf32>, %k: tensor<3x300x8xf32>, %v: tensor<3x300x16xf32>, %g: tensor<3x300x16xf32>, %l: tensor<3x300xf32>) -> tensor<3x300x8xf32> {
  %a, %b, %c = etch.dot_product_attention_gradient %q, %k, %v of %g, %l, %l causal = 0
    : (tensor<3x300x8xf32>, tensor<3x300x8xf32>, tensor<3x300x16xf32>, tensor<3x300x16xf32>, tensor<3x300xf32>, tensor<3x300xf32>)
      -> (tensor<3x300x8xf32>, tensor<3x300x8xf32>, tensor<3x300x16xf32>)
  return %a : tensor<3x300x8xf32>
}

// -----

// Of sixteen heads each is a task.
// CHECK-LABEL: func.func private @dot_product_attention_gradient(
// CHECK-SAME: etch.trips = 16 :
// CHECK-NOT: etch.partials
// CHECK: return
func.func @many_heads(%q: tensor<16x300x8xf32>, %k: tensor<16x300x8xf32>, %v: tensor<16x300x16xf32>, %g: tensor<16x300x16xf32>, %l: tensor<16x300xf32>) -> tensor<16x300x8xf32> {
  %a, %b, %c = etch.dot_product_attention_gradient %q, %k, %v of %g, %l, %l causal = 0
    : (tensor<16x300x8xf32>, tensor<16x300x8xf32>, tensor<16x300x16xf32>, tensor<16x300x16xf32>, tensor<16x300xf32>, tensor<16x300xf32>)
      -> (tensor<16x300x8xf32>, tensor<16x300x8xf32>, tensor<16x300x16xf32>)
  return %a : tensor<16x300x8xf32>
}
