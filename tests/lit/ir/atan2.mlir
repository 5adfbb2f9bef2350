// RUN: etch-opt %s | etch-opt | FileCheck %s

// CHECK-LABEL: func.func @atan2(
// CHECK: etch.atan2 %{{.*}}, %{{.*}} : tensor<2x3xf32>
func.func @atan2(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = etch.atan2 %x, %y : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @atan2_scalar(
// CHECK: etch.atan2 %{{.*}}, %{{.*}} : tensor<f16>
func.func @atan2_scalar(%x: tensor<f16>, %y: tensor<f16>) -> tensor<f16> {
  %0 = etch.atan2 %x, %y : tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @atan2_unknown_extent(
// CHECK: etch.atan2 %{{.*}}, %{{.*}} : tensor<?x3xf32>
func.func @atan2_unknown_extent(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = etch.atan2 %x, %y : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
