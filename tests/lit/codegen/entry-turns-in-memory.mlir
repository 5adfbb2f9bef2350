// What takes turns in more places than there are registers has its addresses in memory, from where each launch reads
// its own; a loop moves them at the end of an iteration, by a table.
// RUN: python3 %S/Inputs/many_values.py states 40 | etch-opt --stop-after=target | FileCheck %s

// CHECK: llvm.mlir.global private constant @etch.table.0(dense<[40, 41, {{.*}}, 79, 0, 1, {{.*}}, 39]> : tensor<80xi64>)
// CHECK-LABEL: llvm.func @states_entry
// CHECK: llvm.br ^[[TOP:bb[0-9]+]](%{{[0-9]+}} : i64)
// CHECK: ^[[TOP]](%{{.*}}: i64):
// CHECK-COUNT-40: llvm.call @
// CHECK: llvm.br ^[[MOVE:bb[0-9]+]](%{{[0-9]+}} : i64)
// CHECK: ^[[MOVE]](%[[I:.*]]: i64):
// CHECK: llvm.load
// CHECK-NEXT: llvm.getelementptr
// CHECK-NEXT: llvm.load
// CHECK: llvm.store
// CHECK: llvm.cond_br %{{.*}}, ^{{.*}}, ^[[MOVE]](%{{.*}} : i64)
// CHECK: llvm.intr.memcpy
// CHECK: llvm.br ^[[TOP]](%{{[0-9]+}} : i64)

// A few stay in registers.
// RUN: python3 %S/Inputs/many_values.py states 10 | etch-opt --stop-after=target | FileCheck %s --check-prefix=FEW
// FEW-NOT: @etch.table.0
// FEW-LABEL: llvm.func @states_entry
// FEW: llvm.br ^{{bb[0-9]+}}({{(%[0-9]+(, )?)+}} : i64, !llvm.ptr, !llvm.ptr,
