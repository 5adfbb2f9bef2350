// The example of docs/stages.md, which coverage.docs compares with what etch-opt prints: one step of gradient descent,
// w -= d(sum((w x)^2))/dw.
// RUN: etch-opt %s --stop-after=trace | FileCheck %s --check-prefix=TRACE
// RUN: etch-opt %s --stop-after=grad | FileCheck %s --check-prefix=GRAD
// RUN: etch-opt %s --stop-after=tensor | FileCheck %s --check-prefix=TENSOR
// RUN: etch-opt %s --stop-after=fused | FileCheck %s --check-prefix=FUSED
// RUN: etch-opt %s --stop-after=buffers | FileCheck %s --check-prefix=BUFFERS
// RUN: etch-opt %s --stop-after=kernels | FileCheck %s --check-prefix=KERNELS
// RUN: etch-opt %s --stop-after=target | FileCheck %s --check-prefix=TARGET
// RUN: not etch-opt %s --stop-after=binary 2>&1 | FileCheck %s --check-prefix=BINARY
// RUN: not etch-opt %s --stop-after=nowhere 2>&1 | FileCheck %s --check-prefix=NOWHERE

// TRACE: etch.vjp @loss
// TRACE: func.func private @loss

// GRAD-LABEL: func.func @step
// GRAD-NOT: etch.vjp
// GRAD: etch.reduce_sum
// GRAD: etch.stop_gradient

// TENSOR-LABEL: func.func @step
// TENSOR-NOT: etch.stop_gradient
// TENSOR-NOT: @loss

// FUSED: etch.launch @[[KERNEL:.*]](%arg1, %arg0)
// FUSED: func.func private @[[KERNEL]]({{.*}}etch.kernel = "reduce"

// BUFFERS: etch.arena_bytes
// BUFFERS: etch.launch @{{.*}} slots = [-1, 0]

// KERNELS: arith.mulf {{.*}} : vector<16xf32>
// KERNELS: llvm.intr.masked.store

// TARGET: llvm.func @step_entry
// TARGET-NOT: func.func

// BINARY: etch-opt: stage 'binary' is machine code: use etchc; etch-opt stops at one of trace, grad, tensor, fused, buffers, kernels, target
// NOWHERE: unknown stage 'nowhere'
func.func @step(%x: tensor<4xf32> {etch.name = "x"}, %w: tensor<4xf32> {etch.kind = "variable", etch.name = "w"})
    -> (tensor<f32>, tensor<4xf32> {etch.updates = 1 : i64}) {
  %one = etch.constant dense<1.0> : tensor<f32>
  %loss, %dw = etch.vjp @loss(%w, %x) cotangents(%one) wrt = [0]
      : (tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<f32>, tensor<4xf32>)
  %0 = etch.sub %w, %dw : tensor<4xf32>
  %1 = etch.stop_gradient %0 : tensor<4xf32>
  return %loss, %1 : tensor<f32>, tensor<4xf32>
}
func.func private @loss(%w: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<f32> {
  %0 = etch.mul %w, %x : tensor<4xf32>
  %1 = etch.square %0 : tensor<4xf32>
  %2 = etch.reduce_sum %1 axes = [0] : (tensor<4xf32>) -> tensor<f32>
  return %2 : tensor<f32>
}
