// Plain stretches of a long schedule are functions of their own, each of which finds its pointers by itself.
// RUN: python3 %S/Inputs/many_values.py products 300 | etch-opt --stop-after=target | FileCheck %s

// CHECK-LABEL: llvm.func @products_entry
// CHECK-NOT: llvm.call @dot_general
// CHECK-COUNT-4: llvm.call @products_part_{{[0-3]}}_entry(%arg0)
// CHECK-NOT: llvm.call
// CHECK: llvm.return

// CHECK-LABEL: llvm.func @products_part_0_entry
// CHECK-COUNT-86: llvm.call @dot_general
// CHECK-NOT: llvm.call
// CHECK: llvm.return

// A short one stays where it is.
// RUN: python3 %S/Inputs/many_values.py products 100 | etch-opt --stop-after=target | FileCheck %s --check-prefix=SHORT
// SHORT-LABEL: llvm.func @products_entry
// SHORT-COUNT-100: llvm.call @dot_general
// SHORT-NOT: _part_

// Loops that write slices are plain as a whole: of hundreds in one function LLVM's analysis of loops runs out of stack.
// RUN: python3 %S/Inputs/many_values.py scans 60 | etch-opt --stop-after=target | FileCheck %s --check-prefix=SCANS
// SCANS-LABEL: llvm.func @scans_entry
// SCANS-NOT: llvm.cond_br
// SCANS: llvm.call @scans_part_0_entry
// SCANS-NOT: llvm.cond_br
// SCANS: llvm.return
// SCANS-LABEL: llvm.func @scans_part_0_entry
// SCANS: llvm.cond_br
