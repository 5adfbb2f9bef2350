// RUN: etch-opt %s --etch-verify-stage=stage=trace
// RUN: not etch-opt %s --etch-verify-stage=stage=tensor 2>&1 | FileCheck %s --check-prefix=TENSOR
// RUN: etch-opt %s --etch-inline-calls --etch-verify-stage=stage=tensor
// RUN: not etch-opt %s --etch-inline-calls --etch-verify-stage=stage=fused 2>&1 | FileCheck %s --check-prefix=FUSED
// RUN: etch-opt %s --etch-inline-calls --etch-form-kernels --etch-verify-stage=stage=fused
// RUN: not etch-opt %s --etch-inline-calls --etch-form-kernels --etch-verify-stage=stage=buffers 2>&1 | FileCheck %s --check-prefix=BUFFERS
// RUN: etch-opt %s --etch-inline-calls --etch-form-kernels --etch-plan-buffers --etch-verify-stage=stage=buffers
// RUN: not etch-opt %s --etch-verify-stage=stage=nowhere 2>&1 | FileCheck %s --check-prefix=NOWHERE

// TENSOR: verify-stage.mlir:[[@LINE+9]]:8: error: 'etch.call' op is illegal at the end of stage 'tensor': calls are inlined
// FUSED: 'etch.neg' op is illegal at the end of stage 'fused': should have moved into a kernel
// BUFFERS: 'etch.launch' op is illegal at the end of stage 'buffers': has no place for its results
// NOWHERE: unknown stage 'nowhere'
func.func private @negated(%a: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.neg %a : tensor<2xf32>
  return %0 : tensor<2xf32>
}
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.call @negated(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
