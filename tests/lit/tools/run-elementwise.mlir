// REQUIRES: etch-run
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py x.npy f4 2,3 range
// RUN: python3 %S/make_npy.py y.npy f4 2,3 0.5,-1
// RUN: etch-run %s --input x.npy y.npy --output-dir out | FileCheck %s --check-prefix=SAYS
// RUN: python3 %S/show_npy.py out/0.npy out/1.npy | FileCheck %s

// SAYS: out/0.npy: 'affine' f32[2,3]
// SAYS: out/1.npy: result 1 f32[2,3]
// SAYS: compiled @elementwise in {{.*}} ms: 1 kernels, {{[0-9]+}} bytes
// SAYS: ran in {{.*}} ms

// CHECK: <f4 (2, 3) 0 0 3 0 6 0
// CHECK: <f4 (2, 3) 0 0 1.73205 0 2.44949 0
func.func @elementwise(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> (tensor<2x3xf32> {etch.name = "affine"}, tensor<2x3xf32>) {
  %0 = etch.mul %x, %y : tensor<2x3xf32>
  %1 = etch.add %0, %x : tensor<2x3xf32>
  %2 = etch.sqrt %1 : tensor<2x3xf32>
  return %1, %2 : tensor<2x3xf32>, tensor<2x3xf32>
}
