// A kernel that writes 64 tensors is not joined by what would make it write more.
// RUN: python3 %S/../codegen/Inputs/many_values.py results 100 | etch-opt --stop-after=fused | FileCheck %s

// CHECK-LABEL: func.func @results
// CHECK-COUNT-2: etch.launch
// CHECK-NOT: etch.launch
// CHECK: return

// RUN: python3 %S/../codegen/Inputs/many_values.py results 60 | etch-opt --stop-after=fused | FileCheck %s --check-prefix=FEW
// FEW-LABEL: func.func @results
// FEW-COUNT-1: etch.launch
// FEW-NOT: etch.launch
// FEW: return
