// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @clamp(
// CHECK: etch.clamp %{{.*}}, %{{.*}}, %{{.*}} : tensor<2xf32>
func.func @clamp(%a: tensor<2xf32>, %x: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.clamp %a, %x, %b : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @clamp_unknown_extent(
// CHECK: etch.clamp %{{.*}}, %{{.*}}, %{{.*}} : tensor<?xui8>
func.func @clamp_unknown_extent(%a: tensor<?xui8>, %x: tensor<?xui8>, %b: tensor<?xui8>) -> tensor<?xui8> {
  %0 = etch.clamp %a, %x, %b : tensor<?xui8>
  return %0 : tensor<?xui8>
}
