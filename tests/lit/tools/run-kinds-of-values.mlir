// REQUIRES: etch-run
// Every dtype, no values, no elements, and results that are arguments or constants.
// RUN: mkdir -p %t && cd %t
// RUN: python3 %S/make_npy.py u8.npy u1 3 1,200,3
// RUN: python3 %S/make_npy.py bool.npy b1 3 1,0,1
// RUN: python3 %S/make_npy.py f16.npy f2 3 1,2,3
// RUN: python3 %S/make_npy.py bf16.npy V2 3 1,2,3
// RUN: python3 %S/make_npy.py f32.npy f4 3 1,2,3
// RUN: python3 %S/make_npy.py empty.npy f4 0,3 1
// RUN: etch-run %s --entry ui --input u8.npy bool.npy | FileCheck %s --check-prefix=BYTES
// RUN: etch-run %s --entry half --input f16.npy --output-dir half
// RUN: python3 %S/show_npy.py half/0.npy half/1.npy | FileCheck %s --check-prefix=HALF
// RUN: etch-run %s --entry bfloat --input bf16.npy --output-dir bfloat
// RUN: python3 %S/show_npy.py bfloat/0.npy bfloat/1.npy bfloat/2.npy | FileCheck %s --check-prefix=BFLOAT
// RUN: etch-run %s --entry identity --input f32.npy | FileCheck %s --check-prefix=IDENTITY
// RUN: etch-run %s --entry nothing | FileCheck %s --check-prefix=NOTHING
// RUN: etch-run %s --entry const --output-dir const
// RUN: python3 %S/show_npy.py const/0.npy | FileCheck %s --check-prefix=CONST
// RUN: etch-run %s --entry empty --input empty.npy --output-dir empty
// RUN: python3 %S/show_npy.py empty/0.npy empty/1.npy | FileCheck %s --check-prefix=EMPTY

// BYTES: [  2 144   6]
// BYTES: [False  True False]
// BYTES: 200
// HALF: <f2 (3,) 2.71875 7.39062 20.0781
// HALF: <f2 () 6
// BFLOAT: <V2 (3,) 2.71875 7.375 20.125
// BFLOAT: <V2 () 6
// BFLOAT: <V2 (2,) 1.5 -3
// IDENTITY: [1. 2. 3.]
// IDENTITY: [1. 2. 3.]
// NOTHING: compiled @nothing
// CONST: <f2 (2, 2) 1 2 3.5 4
// EMPTY: <f4 (3,) 0 0 0
// EMPTY: <f4 (0, 3){{$}}

func.func @ui(%x: tensor<3xui8>, %b: tensor<3xi1>) -> (tensor<3xui8>, tensor<3xi1>, tensor<ui8>) {
  %0 = etch.add %x, %x : tensor<3xui8>
  %1 = etch.logical_not %b : tensor<3xi1>
  %2 = etch.reduce_max %x axes = [0] : (tensor<3xui8>) -> tensor<ui8>
  return %0, %1, %2 : tensor<3xui8>, tensor<3xi1>, tensor<ui8>
}
func.func @half(%x: tensor<3xf16>) -> (tensor<3xf16>, tensor<f16>) {
  %0 = etch.exp %x : tensor<3xf16>
  %2 = etch.reduce_sum %x axes = [0] : (tensor<3xf16>) -> tensor<f16>
  return %0, %2 : tensor<3xf16>, tensor<f16>
}
func.func @bfloat(%x: tensor<3xbf16>) -> (tensor<3xbf16>, tensor<bf16>, tensor<2xbf16>) {
  %0 = etch.exp %x : tensor<3xbf16>
  %1 = etch.reduce_sum %x axes = [0] : (tensor<3xbf16>) -> tensor<bf16>
  %2 = etch.constant dense<[1.5, -3.0]> : tensor<2xbf16>
  return %0, %1, %2 : tensor<3xbf16>, tensor<bf16>, tensor<2xbf16>
}
func.func @identity(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  return %x, %x : tensor<3xf32>, tensor<3xf32>
}
func.func @nothing() { return }
func.func @const() -> tensor<2x2xf16> { 
 %0 = etch.constant dense<[[1.0,2.0],[3.5,4.0]]> : tensor<2x2xf16>
 return %0 : tensor<2x2xf16>
}
func.func @empty(%x: tensor<0x3xf32>) -> (tensor<3xf32>, tensor<0x3xf32>) {
  %0 = etch.reduce_sum %x axes = [0] : (tensor<0x3xf32>) -> tensor<3xf32>
  %1 = etch.exp %x : tensor<0x3xf32>
  return %0, %1 : tensor<3xf32>, tensor<0x3xf32>
}
