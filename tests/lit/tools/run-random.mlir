// REQUIRES: etch-run
// The bits follow from the state alone.
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py state.npy i8 2 0,0
// RUN: etch-run %s --input state.npy | FileCheck %s

// CHECK: [0.39904642 0.97224116 0.01944941]
// CHECK: {{\[}}[1713891541 -119223132]
// CHECK-NEXT: [  83534633 -913248471]]

func.func @random(%s: tensor<2xi64>) -> (tensor<3xf32>, tensor<2x2xi32>) {
  %0 = etch.random_uniform %s shape = [3] {dtype = f32} : (tensor<2xi64>) -> tensor<3xf32>
  %1 = etch.random_bits %s shape = [2, 2] {dtype = i32} : (tensor<2xi64>) -> tensor<2x2xi32>
  return %0, %1 : tensor<3xf32>, tensor<2x2xi32>
}
