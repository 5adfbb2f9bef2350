// Contractions call one generated routine a dtype with extents and strides: (left, right, out, m, n, k, leftRow, leftDepth,
// rightDepth, rightColumn, outRow, epilogue, context, firstRow, firstColumn, leftMaker, rightMaker, areDots, results).
// RUN: etch-opt %s --stop-after=kernels --split-input-file | FileCheck %s
// RUN: etch-opt %s --stop-after=kernels --strict --split-input-file | FileCheck %s --check-prefix=STRICT

// CHECK-LABEL: func.func private @dot_general
// CHECK: call @etch_shared_gemm_f32(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %c20_i64, %c33_i64, %c33_i64, %c1_i64, %c20_i64, %c1_i64, %c20_i64, %
// CHECK: func.func private @etch_shared_gemm_f32(
// CHECK: call @etch_shared_gemm_f32.dots1
// CHECK: call @etch_shared_gemm_f32.flat1
// The transposed product, where both operands lie across.
// CHECK: call @etch_shared_gemm_f32(
// CHECK: call @etch_shared_gemm_f32.turn
// Where the L1 cache of the machine that runs the code has less than nine pages, the right operand is packed from 2^17
// elements on, and rows half a page apart are copied unless it is packed on the way.
// CHECK: %[[L1:.*]] = func.call @etch_rt_l1_bytes() : () -> i64
// CHECK: arith.cmpi slt, %[[L1]], %c36864_i64
// CHECK: arith.cmpi slt, %c131072_i64
// CHECK: %[[FILLS:.*]] = arith.andi
// CHECK: %[[L1_OF_ROWS:.*]] = func.call @etch_rt_l1_bytes() : () -> i64
// CHECK: arith.cmpi slt, %[[L1_OF_ROWS]], %c36864_i64
// There a left operand across the depth is read in place for more columns.
// CHECK: %[[L1_OF_TURNED:.*]] = func.call @etch_rt_l1_bytes() : () -> i64
// CHECK: %[[IS_SMALL:.*]] = arith.cmpi slt, %[[L1_OF_TURNED]], %c36864_i64
// CHECK: arith.select %[[IS_SMALL]], %c319_i64{{[_0-9]*}}, %c63_i64{{[_0-9]*}} : i64
// CHECK: call @etch_shared_gemm_f32.pack
// CHECK: call @etch_shared_gemm_f32.copy
// The first row of tiles packs the panels of a large right operand on its way.
// CHECK: call @etch_shared_gemm_f32.fill14x2
// CHECK: call @etch_shared_gemm_f32.tile14x2
// Rows that a copied tile has too many are copies of the last one, where the stack may hold subnormal numbers; so are
// lanes where rows are neighbours.
// CHECK: func.func private @etch_shared_gemm_f32.copy(%[[FROM:[^:]*]]: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %[[ROW:[^:]*]]: i64, %{{[^:]*}}: i64, %{{[^:]*}}: i64, %[[COUNT:[^:]*]]: i64
// CHECK: scf.for %[[R:[^ ]*]] =
// CHECK: %[[LAST:.*]] = arith.subi %[[COUNT]],
// CHECK: %[[PRESENT:.*]] = arith.minsi %[[R]], %[[LAST]]
// CHECK: %[[AT:.*]] = arith.muli %[[PRESENT]], %[[ROW]]
// CHECK: llvm.getelementptr %[[FROM]][%[[AT]]]
// CHECK: %[[LANE:.*]] = arith.subi %[[COUNT]], %c1_i64
// CHECK: %[[ADDRESS:.*]] = llvm.getelementptr %{{.*}}[%[[LANE]]]
// CHECK: %[[ELEMENT:.*]] = llvm.load %[[ADDRESS]]
// CHECK: %[[COPY:.*]] = vector.broadcast %[[ELEMENT]] : f32 to vector<16xf32>
// CHECK: %[[LOADED:.*]] = llvm.intr.masked.load
// CHECK: %[[FILLED:.*]] = arith.select %{{.*}}, %[[LOADED]], %[[COPY]]
// CHECK: llvm.store %[[FILLED]],
// A tile function runs along a row of tiles.
// CHECK: func.func private @etch_shared_gemm_f32.tile14x2
// CHECK: scf.for
// CHECK: scf.for
// CHECK-COUNT-28: math.fma {{.*}} : vector<16xf32>
// CHECK: scf.yield
// A whole tile is stored without masks.
// CHECK-COUNT-28: llvm.store {{.*}} : vector<16xf32>
// CHECK-NEXT: } else {
// The right operand from end to end: what is asked for in advance must stay in L1 until it is read.
// CHECK: func.func private @etch_shared_gemm_f32.stream1
// CHECK: %[[STREAM_L1:.*]] = call @etch_rt_l1_bytes() : () -> i64
// CHECK: %[[FORGETS:.*]] = arith.cmpi slt, %[[STREAM_L1]], %c36864_i64
// CHECK: arith.select %[[FORGETS]], %{{[^,]*}}, %{{.*}} : i64
// Transposed results of few columns.
// CHECK: func.func private @etch_shared_gemm_f32.turn
// CHECK-COUNT-4: llvm.intr.masked.store
// Rounded after the multiplication, as eager ops do under the strict policy, and added in order: no dot products.
// STRICT: func.func private @etch_shared_gemm_f32_strict
// STRICT-NOT: .dots
// STRICT-NOT: math.fma
// STRICT: arith.mulf {{.*}} : vector<16xf32>
// STRICT: arith.addf {{.*}} : vector<16xf32>
func.func @matmul(%x: tensor<40x33xf32>, %y: tensor<33x20xf32>) -> tensor<40x20xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<40x33xf32>, tensor<33x20xf32>) -> tensor<40x20xf32>
  return %0 : tensor<40x20xf32>
}

// -----

// Few rows of operands that lie along the depth are dot products: of six rows by four columns, whose sums are reduced to
// four lanes and transposed. Whether they are is a question of the whole product, not of a thread's part.
// CHECK-LABEL: func.func private @dot_general
// CHECK: call @etch_shared_gemm_f32({{.*}}, %c1_i64, %{{[^,]*}}) :
// CHECK: func.func private @etch_shared_gemm_f32.dots6(
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.for
// CHECK-COUNT-24: math.fma {{.*}} : vector<16xf32>
// CHECK: scf.yield
// CHECK: vector.shuffle {{.*}} : vector<4xf32>, vector<4xf32>
// CHECK: llvm.store {{.*}} : vector<4xf32>
func.func @few_rows(%x: tensor<12x200xf32>, %y: tensor<300x200xf32>) -> tensor<12x300xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [1] : (tensor<12x200xf32>, tensor<300x200xf32>) -> tensor<12x300xf32>
  return %0 : tensor<12x300xf32>
}

// -----

// CHECK-LABEL: func.func private @dot_general
// CHECK: call @etch_shared_gemm_f32({{.*}}, %c0_i64, %{{[^,]*}}) :
func.func @not_deep_enough(%x: tensor<13x200xf32>, %y: tensor<300x200xf32>) -> tensor<13x300xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [1] : (tensor<13x200xf32>, tensor<300x200xf32>) -> tensor<13x300xf32>
  return %0 : tensor<13x300xf32>
}

// -----

// So are few rows of operands that both lie across; the left one is copied. Twelve of them fill the lanes of the
// transposed product well enough.
// CHECK-LABEL: func.func private @dot_general
// CHECK: call @etch_shared_gemm_f32({{.*}}, %c2_i64, %{{[^,]*}}) :
// CHECK-LABEL: func.func private @etch_shared_gemm_f32(
// CHECK: scf.if
// CHECK: %[[LEFT:.*]] = scf.if
// CHECK: func.call @etch_rt_scratch
// CHECK: scf.for
// CHECK: scf.for
// CHECK: %[[ELEMENT:.*]] = llvm.load {{.*}} -> f32
// CHECK: llvm.store %[[ELEMENT]],
// CHECK: call @etch_shared_gemm_f32.dots1(
func.func @few_rows_across(%x: tensor<560x2xf32>, %y: tensor<234x560xf32>) -> tensor<2x234xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [0] x [1] : (tensor<560x2xf32>, tensor<234x560xf32>) -> tensor<2x234xf32>
  return %0 : tensor<2x234xf32>
}

// -----

// CHECK-LABEL: func.func private @dot_general
// CHECK: call @etch_shared_gemm_f32({{.*}}, %c1_i64, %{{[^,]*}}) :
func.func @twelve_rows_across(%x: tensor<560x12xf32>, %y: tensor<234x560xf32>) -> tensor<12x234xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [0] x [1] : (tensor<560x12xf32>, tensor<234x560xf32>) -> tensor<12x234xf32>
  return %0 : tensor<12x234xf32>
}

// -----

// And so are few columns of operands in rows, of which the right one is copied: 4 of 16 lanes would do something
// otherwise. Six rows for each column have to pass by.
// CHECK-LABEL: func.func private @dot_general
// CHECK: call @etch_shared_gemm_f32({{.*}}, %c3_i64, %{{[^,]*}}) :
func.func @few_columns_across(%x: tensor<33x64xf32>, %y: tensor<64x4xf32>) -> tensor<33x4xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<33x64xf32>, tensor<64x4xf32>) -> tensor<33x4xf32>
  return %0 : tensor<33x4xf32>
}

// -----

// CHECK-LABEL: func.func private @dot_general
// CHECK: call @etch_shared_gemm_f32({{.*}}, %c1_i64, %{{[^,]*}}) :
func.func @too_few_rows_for_the_copy(%x: tensor<59x160xf32>, %y: tensor<160x10xf32>) -> tensor<59x10xf32> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<59x160xf32>, tensor<160x10xf32>) -> tensor<59x10xf32>
  return %0 : tensor<59x10xf32>
}

// -----

// Transposed operands are other strides, not other code.
// CHECK-LABEL: func.func private @dot_general
// CHECK: call @etch_shared_gemm_f32(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %c20_i64, %c33_i64, %c1_i64, %c40_i64, %c1_i64, %c33_i64, %c20_i64, %
func.func @transposed(%x: tensor<33x40xf32>, %y: tensor<20x33xf32>) -> tensor<40x20xf32> {
  %0 = etch.transpose %x permutation = [1, 0] : (tensor<33x40xf32>) -> tensor<40x33xf32>
  %1 = etch.transpose %y permutation = [1, 0] : (tensor<20x33xf32>) -> tensor<33x20xf32>
  %2 = etch.dot_general %0, %1 batch = [] x [] contract = [1] x [0] : (tensor<40x33xf32>, tensor<33x20xf32>) -> tensor<40x20xf32>
  return %2 : tensor<40x20xf32>
}

// -----

// Batches are a loop around. A tile is 14 rows by two registers whatever the type: 16 columns of f64.
// CHECK-LABEL: func.func private @dot_general
// CHECK: scf.for
// All results that a thread computes are counted: those of many small matrices are not in the caches, either.
// CHECK: call @etch_shared_gemm_f64({{.*}}, %c120_i64) :
// CHECK: func.func private @etch_shared_gemm_f64({{.*}}, %[[ALL:[^:]*]]: i64) {
// CHECK: arith.cmpi slt, %c8192_i64{{[_0-9]*}}, %[[ALL]]
// CHECK: func.func private @etch_shared_gemm_f64.tile14x2
// CHECK-COUNT-28: math.fma {{.*}} : vector<8xf64>
func.func @batched(%x: tensor<6x4x3xf64>, %y: tensor<6x3x5xf64>) -> tensor<6x4x5xf64> {
  %0 = etch.dot_general %x, %y batch = [0] x [0] contract = [2] x [1] : (tensor<6x4x3xf64>, tensor<6x3x5xf64>) -> tensor<6x4x5xf64>
  return %0 : tensor<6x4x5xf64>
}

// -----

// f16 is widened while it is packed; sums of f32 are rounded where a tile is complete.
// CHECK-LABEL: func.func private @dot_general
// CHECK: func.func private @etch_shared_gemm_f16(
// CHECK: call @etch_shared_gemm_f16.tile14x2
// CHECK: func.func private @etch_shared_gemm_f16.pack
// CHECK: arith.extf {{.*}} : vector<16xf16> to vector<16xf32>
// CHECK: func.func private @etch_shared_gemm_f16.tile14x2
// CHECK: arith.truncf {{.*}} : vector<16xf32> to vector<16xf16>
func.func @half(%x: tensor<40x33xf16>, %y: tensor<33x20xf16>) -> tensor<40x20xf16> {
  %0 = etch.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<40x33xf16>, tensor<33x20xf16>) -> tensor<40x20xf16>
  return %0 : tensor<40x20xf16>
}

// -----

// Ops behind a contraction are a function that the product calls with each finished part of the sums.
// CHECK-LABEL: func.func private @dot_general_add_relu.epilogue(
// CHECK-SAME: %[[PARAMS:[^:]*]]: !llvm.ptr, %[[ROW:[^:]*]]: i64, %[[ROWS:[^:]*]]: i64, %{{[^:]*}}: i64, %{{[^:]*}}: i64, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: i64)
// Whole vectors of all rows, then one mask for what is left of them.
// CHECK: scf.for {{.*}} = %[[ROW]] to %[[ROWS]]
// CHECK: llvm.load {{.*}} : !llvm.ptr -> vector<16xf32>
// CHECK: arith.addf
// CHECK: llvm.store {{.*}} : vector<16xf32>, !llvm.ptr
// CHECK: scf.if
// CHECK-NEXT: scf.for {{.*}} = %[[ROW]] to %[[ROWS]]
// CHECK: llvm.intr.masked.load
// CHECK: llvm.intr.masked.store
// CHECK: func.func private @dot_general_add_relu(%[[PARAMS:[^:]*]]: !llvm.ptr,
// CHECK: %[[F:.*]] = constant @dot_general_add_relu.epilogue
// CHECK: %[[POINTER:.*]] = builtin.unrealized_conversion_cast %[[F]]
// CHECK: call @etch_shared_gemm_f32({{.*}}, %[[POINTER]], %[[PARAMS]], %{{.*}}, %{{.*}}) :
func.func @dense(%x: tensor<50x33xf32>, %w: tensor<33x100xf32>, %b: tensor<100xf32>) -> tensor<50x100xf32> {
  %0 = etch.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<50x33xf32>, tensor<33x100xf32>) -> tensor<50x100xf32>
  %1 = etch.broadcast_in_dim %b shape = [50, 100] dims = [1] : (tensor<100xf32>) -> tensor<50x100xf32>
  %2 = etch.add %0, %1 : tensor<50x100xf32>
  %3 = etch.relu %2 : tensor<50x100xf32>
  return %3 : tensor<50x100xf32>
}

// -----

// Rows are counted through the batches, so a part tells its batch.
// CHECK-LABEL: func.func private @dot_general_tanh.epilogue(
// CHECK-SAME: %{{.*}}: !llvm.ptr, %[[ROW:[^:]*]]: i64,
// CHECK: %[[M:.*]] = arith.constant 4 : i64
// CHECK: %[[BATCH:.*]] = arith.div{{[su]}}i %[[ROW]], %[[M]]
// CHECK: arith.muli %[[BATCH]], %[[M]]
func.func @batched_behind(%x: tensor<6x4x3xf32>, %y: tensor<6x3x20xf32>) -> tensor<6x4x20xf32> {
  %0 = etch.dot_general %x, %y batch = [0] x [0] contract = [2] x [1] : (tensor<6x4x3xf32>, tensor<6x3x20xf32>) -> tensor<6x4x20xf32>
  %1 = etch.tanh %0 : tensor<6x4x20xf32>
  return %1 : tensor<6x4x20xf32>
}
