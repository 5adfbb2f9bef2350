// REQUIRES: etchc
// RUN: mkdir -p %t && cd %t
// RUN: etchc %s -o step.o --header=step.h
// RUN: FileCheck %s < step.h
// The header is C11 and C++17 and needs nothing but stdint.h.
// RUN: echo '#include "step.h"' > includes.c && cp includes.c includes.cpp
// RUN: %cc -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I. includes.c
// RUN: %cxx -std=c++17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I. includes.cpp

// CHECK: #ifndef ETCH_PROGRAM_STEP_H
// CHECK-NEXT: #define ETCH_PROGRAM_STEP_H
// CHECK: #include <stdint.h>
// CHECK: #define STEP_LAYER_0_WEIGHT_COUNT 6
// CHECK-NEXT: #define STEP_LAYER_0_WEIGHT_BYTES 24
// CHECK: extern const float step_initial_layer_0_weight[6];
// CHECK-NEXT: extern const int64_t step_initial_arg1[1];
// CHECK: Runs the program once.
// CHECK: layer_0_weight in-out f32[2,3] 24 bytes; variable; traced as 'layer/0/weight:'
// CHECK: arg1 in-out i64[] 8 bytes; variable
// CHECK: double_ in f64[2] 16 bytes; traced as 'double'
// CHECK: mask in bool[2,3] 6 bytes; bytes 0 or 1
// CHECK: Mask_2 in u8[3] 3 bytes; traced as 'Mask'
// CHECK: half in f16[1] 2 bytes; IEEE binary16 bits
// CHECK: brain in bf16[2] 4 bytes; bfloat16: the upper 16 bits of a float
// CHECK: unix_ in i32[] 4 bytes; traced as 'unix'
// CHECK: result0 out f64[2] 16 bytes
// CHECK: result1 out i32[] 4 bytes
// CHECK: Returns 0 when done.
// CHECK: etch_last_error() says why
// CHECK: int32_t step(float *layer_0_weight, int64_t *arg1, const double *double_, const uint8_t *mask,
// CHECK-NEXT: const uint8_t *Mask_2, const uint16_t *half, const uint16_t *brain,
// CHECK-NEXT: const int32_t *unix_, double *result0, int32_t *result1);
// CHECK: const char *etch_last_error(void);
func.func @step(%w: tensor<2x3xf32> {etch.name = "layer/0/weight:", etch.kind = "variable", etch.initial_value = dense<0.5> : tensor<2x3xf32>},
                %i: tensor<i64> {etch.kind = "variable", etch.initial_value = dense<3> : tensor<i64>},
                %d: tensor<2xf64> {etch.name = "double"}, %m: tensor<2x3xi1> {etch.name = "mask"}, %m2: tensor<3xui8> {etch.name = "Mask"},
                %h: tensor<1xf16> {etch.name = "half"}, %b: tensor<2xbf16> {etch.name = "brain"}, %n: tensor<i32> {etch.name = "unix"})
    -> (tensor<2xf64>, tensor<2x3xf32> {etch.updates = 0 : i64}, tensor<i32>, tensor<i64> {etch.updates = 1 : i64}) {
  %0 = etch.square %d : tensor<2xf64>
  %1 = etch.neg %w : tensor<2x3xf32>
  %2 = etch.select %m, %1, %w : tensor<2x3xi1>, tensor<2x3xf32>
  %one = etch.constant dense<1> : tensor<i64>
  %3 = etch.add %i, %one : tensor<i64>
  return %0, %2, %n, %3 : tensor<2xf64>, tensor<2x3xf32>, tensor<i32>, tensor<i64>
}
