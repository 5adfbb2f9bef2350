// How products are split among threads: trips, the fewest that are worth a task, and whole tiles of so many; one range
// a thread.
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s
// RUN: etch-opt %s --stop-after=target --split-input-file | FileCheck %s --check-prefix=ENTRY

// Columns, in whole panels: a thread packs those that are its own.
// CHECK-LABEL: func.func private @dot_general
// CHECK-SAME: etch.grain = 20 : i64, {{.*}}, etch.ranges = 32 : i64, etch.trips = 128 : i64
// ENTRY-LABEL: llvm.func @columns_entry
// ENTRY: llvm.call @etch_rt_parallel_ranges({{.*}}) : (!llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
func.func @columns(%x: tensor<64x784xf32>, %y: tensor<784x128xf32>) -> tensor<64x128xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<64x784xf32>, tensor<784x128xf32>) -> tensor<64x128xf32>
  return %0 : tensor<64x128xf32>
}

// -----

// Rows where the result is higher than wide.
// CHECK-LABEL: func.func private @dot_general
// CHECK-SAME: etch.grain = 128 : i64, {{.*}}, etch.ranges = 4 : i64, etch.trips = 784 : i64
func.func @rows(%x: tensor<784x64xf32>, %y: tensor<64x128xf32>) -> tensor<784x128xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<784x64xf32>, tensor<64x128xf32>) -> tensor<784x128xf32>
  return %0 : tensor<784x128xf32>
}

// -----

// And where there is no even division of columns into panels: 64 of 100 would be one thread's.
// CHECK-LABEL: func.func private @dot_general
// CHECK-SAME: etch.ranges = 4 : i64, etch.trips = 100 : i64
func.func @uneven(%x: tensor<100x100xf32>, %y: tensor<100x100xf32>) -> tensor<100x100xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<100x100xf32>, tensor<100x100xf32>) -> tensor<100x100xf32>
  return %0 : tensor<100x100xf32>
}

// -----

// One multiplication of a register a cycle instead of two: fewer of them take the time of a task.
// CHECK-LABEL: func.func private @dot_general
// CHECK-SAME: etch.grain = 39 : i64
// ENTRY-LABEL: llvm.func @in_halves_entry
// ENTRY: llvm.call @etch_rt_parallel_ranges(
module attributes {etch.vector_unit = "512x32+fma+halves"} {
  func.func @in_halves(%x: tensor<100x100xf32>, %y: tensor<100x100xf32>) -> tensor<100x100xf32> {
    %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<100x100xf32>, tensor<100x100xf32>) -> tensor<100x100xf32>
    return %0 : tensor<100x100xf32>
  }
}

// -----

// Too little work for two tasks.
// ENTRY-LABEL: llvm.func @little_entry
// ENTRY-NOT: etch_rt_parallel
// ENTRY: llvm.return
func.func @little(%x: tensor<64x64xf32>, %y: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

// -----

// Unknown extents: the kernel asks the runtime itself.
// CHECK-LABEL: func.func private @dot_general
// CHECK: call @etch_rt_parallel_ranges(%{{.*}}, %arg0, %{{.*}}, %{{.*}}, %c32_i64)
func.func @unknown(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
