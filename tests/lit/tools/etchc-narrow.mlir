// REQUIRES: etchc, host-avx2
// Exported kernels over numbers of 8 and 16 bits, run: what lies behind a result is left alone, and states of 16 bytes
// lie where the vectors of AVX2 may.
// RUN: mkdir -p %t && cd %t
// RUN: etchc %s --entry=product -o product.o --header=product.h
// RUN: etchc %s --entry=tall -o tall.o --header=tall.h --target-cpu=x86-64-v3
// RUN: %cc -std=c11 -Wall -Wextra -Wpedantic -Werror -O1 -I. -c %S/Inputs/call_narrow.c -o call.o
// RUN: %cxx call.o product.o tall.o %lib/libetch_runtime.a -ltbb -lm -lpthread -o call
// RUN: ./call | FileCheck %s

// CHECK: product 4100 4100 behind it 7777 7777
func.func @product(%x: tensor<20x8xbf16>, %y: tensor<8x1xbf16>) -> tensor<20x1xbf16> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0]
      : (tensor<20x8xbf16>, tensor<8x1xbf16>) -> tensor<20x1xbf16>
  return %0 : tensor<20x1xbf16>
}

// CHECK: tall 4000 3999 3937
func.func @tall(%x: tensor<4096x64xui8>) -> tensor<64xi64> {
  %0 = etch.argmax %x axis = 0 : (tensor<4096x64xui8>) -> tensor<64xi64>
  return %0 : tensor<64xi64>
}
