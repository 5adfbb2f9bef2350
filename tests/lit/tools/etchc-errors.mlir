// REQUIRES: etchc
// RUN: python3 %S/exit_code.py 2 etchc | FileCheck %s --check-prefix=NONE
// NONE: etchc: FILE is required
// RUN: python3 %S/exit_code.py 2 etchc --hlep | FileCheck %s --check-prefix=SLIP
// SLIP: etchc: The following argument was not expected: --hlep
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f | FileCheck %s --check-prefix=OUTPUT
// OUTPUT: etchc: -o is missing: an object file needs a name
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f -o %t.o --emit=exe | FileCheck %s --check-prefix=EMIT
// EMIT: etchc: --emit: 'exe' came; expected obj, asm, llvm or mlir:STAGE
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f -o %t.both --header=%t.both | FileCheck %s --check-prefix=BOTH
// BOTH: etchc: --header: {{.*}}.both is also the file of -o and would be written over; give another name
// RUN: not ls %t.both
// RUN: etchc %s --entry f -o /dev/null --header=/dev/null
// RUN: cp %s %t.mlir
// RUN: python3 %S/exit_code.py 2 etchc %t.mlir --entry f -o %t.mlir | FileCheck %s --check-prefix=ITSELF
// ITSELF: etchc: -o: {{.*}}.mlir is also the file of FILE and would be written over; give another name
// RUN: diff %s %t.mlir
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f --emit=mlir:fusion | FileCheck %s --check-prefix=STAGE
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f --emit=mlir:asm | FileCheck %s --check-prefix=STAGE
// STAGE: etchc: --emit: 'mlir:{{fusion|asm}}' came; expected mlir: and one of trace, grad, tensor, fused, buffers, kernels, target{{$}}
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f -o %t.o --header=%t.h --target-cpu=pentium9 | FileCheck %s --check-prefix=CPU
// CPU: etchc: unknown CPU 'pentium9'; LLVM names are expected, for instance x86-64-v2
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f -o %t.o --header=%t.h --target-cpu=i386 | FileCheck %s --check-prefix=BITS
// BITS: etchc: the CPU 'i386' runs no code of 64 bits; x86-64 is the least that does
// RUN: python3 %S/exit_code.py 2 etchc %s --entry g -o %t.o --header=%t.h | FileCheck %s --check-prefix=ENTRY
// ENTRY: etchc: --entry: {{.*}} has no function @g; it has
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f -o %t/none/x.o --header=%t.h | FileCheck %s --check-prefix=WRITE
// WRITE: etchc: -o: cannot write {{.*}}x.o: No such file or directory
// RUN: mkdir -p %t.folder
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f -o %t.folder --header=%t.h | FileCheck %s --check-prefix=FOLDER
// FOLDER: etchc: -o: cannot write {{.*}}.folder: it is a folder

// A failed export leaves no files.
// RUN: rm -f %t.o %t.h
// RUN: python3 %S/exit_code.py 2 etchc %s --entry host -o %t.o --header=%t.h | FileCheck %s --check-prefix=HOST
// HOST: etchc: {{.*}}etchc-errors.mlir:[[@LINE+22]]:8: [host_call] function 7 belongs to the process that traced it and cannot be called from an exported program
// RUN: not ls %t.o %t.h

// RUN: python3 %S/exit_code.py 2 etchc %s --entry "a lambda" -o %t.o --header=%t.h | FileCheck %s --check-prefix=NAME
// NAME: etchc: the function 'a lambda' cannot be exported: the name is not a C identifier; give the C function another name with --name=NAME
// RUN: etchc %s --entry "a lambda" --name=lambda -o %t.o --header=%t.h
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f --name=while -o %t.o --header=%t.h | FileCheck %s --check-prefix=KEYWORD
// KEYWORD: the function 'while' cannot be exported: the name is a reserved word of C or C++
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f --name=main -o %t.o --header=%t.h | FileCheck %s --check-prefix=MAIN
// MAIN: the function 'main' cannot be exported: the name is where every C program starts
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f --name=etch_f -o %t.o --header=%t.h | FileCheck %s --check-prefix=PREFIX
// PREFIX: the function 'etch_f' cannot be exported: the name begins with etch_, which is the runtime's
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f --name=memcpy -o %t.o --header=%t.h | FileCheck %s --check-prefix=LIBRARY
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f --name=floor -o %t.o --header=%t.h | FileCheck %s --check-prefix=LIBRARY
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f --name=expf -o %t.o --header=%t.h | FileCheck %s --check-prefix=LIBRARY
// RUN: python3 %S/exit_code.py 2 etchc %s --entry f --name=read -o %t.o --header=%t.h | FileCheck %s --check-prefix=LIBRARY
// LIBRARY: the function '{{memcpy|floor|expf|read}}' cannot be exported: the name is a function of the C library
func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}
// A callee may hold the call.
func.func private @inner(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.host_call 7(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
func.func @host(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = etch.call @inner(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
func.func @"a lambda"(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}
