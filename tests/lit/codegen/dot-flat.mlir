// Few rows read the right operand in place, six vectors of columns at a time for four rows. Columns left over are those of
// as few vectors as of six, four, three, two and one hold them: a vector that is not there is multiplied like others.
// RUN: etch-opt %s --stop-after=kernels | FileCheck %s
// RUN: etchc %s --emit=asm --target-cpu=x86-64-v4 -o - | FileCheck %s --check-prefix=AVX512

// CHECK-LABEL: func.func private @etch_shared_gemm_f32.flat4(
// Whole blocks, then six vectors of which the last two may have columns, then less.
// CHECK-COUNT-24: math.fma
// CHECK-NOT: math.fma
// CHECK: scf.yield
// CHECK-COUNT-16: math.fma
// CHECK: llvm.intr.masked.load
// CHECK-COUNT-4: math.fma
// CHECK: llvm.intr.masked.load
// CHECK-COUNT-4: math.fma
// CHECK-NOT: math.fma
// CHECK: scf.yield
// CHECK-COUNT-3: llvm.load {{.*}} -> vector<16xf32>
// CHECK: llvm.intr.masked.load
// CHECK-COUNT-16: math.fma
// CHECK-NOT: math.fma
// CHECK: scf.yield
// CHECK-COUNT-12: math.fma
// CHECK-NOT: math.fma
// CHECK: scf.yield
// CHECK-COUNT-8: math.fma
// CHECK-NOT: math.fma
// CHECK: scf.yield
// CHECK-COUNT-4: math.fma
// CHECK-NOT: math.fma
// CHECK: return

// No sum of four rows of four vectors leaves the registers.
// AVX512-LABEL: etch_shared_gemm_f32.flat4:
// AVX512-NOT: rsp){{.*}}zmm
// AVX512: retq
func.func @few(%x: tensor<4x820xf32>, %y: tensor<820x51xf32>) -> tensor<4x51xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<4x820xf32>, tensor<820x51xf32>) -> tensor<4x51xf32>
  return %0 : tensor<4x51xf32>
}
