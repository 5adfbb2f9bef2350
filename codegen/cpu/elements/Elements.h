#pragma once
// Elements on demand: given an index, emits the value of any tensor of a kernel at it, through whatever ops produce it.
//
// An index has one entry an axis. At most one of them varies over the lanes of a vector in the common case; then a load
// is a vector load (step 1), one scalar load (no step) or a gather (everything else). The same op is emitted once per
// index.

#include "codegen/abi/compiler.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/tape/tape.h"
#include "llvm/ADT/MapVector.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "passes/buffer/Extents.h"

namespace etch::codegen {

using passes::constantOf;
using passes::ExtentEmitter;
using passes::Extents;

/// Position along one axis: base + step * lane, or one position a lane.
struct AxisIndex {
  mlir::Value base;  // i64
  int64_t step = 0;
  mlir::Value perLane;  // vector of i64; replaces the other two

  bool isUniform() const { return !perLane && step == 0; }
};
using Index = llvm::SmallVector<AxisIndex, 4>;

/// Lanes of the vectors that loops are made of, whatever the element type: LLVM splits wide ones into registers.
/// Sixteen f32 fill an AVX-512 register; sums are defined over sixteen partial sums on every machine.
inline constexpr int64_t kLanes = 16;

class ElementEmitter {
 public:
  ElementEmitter(mlir::OpBuilder &b, ExtentEmitter &extents, Policy policy) : b(b), extents(extents), policy(policy) {}

  /// `argument` of the kernel lies in memory at `pointer`. Values defined elsewhere (a finished reduction) are given
  /// with `setValue` for every index.
  void bindPointer(mlir::Value tensor, mlir::Value pointer) { pointers[tensor] = pointer; }
  void unbindPointer(mlir::Value tensor) { pointers.erase(tensor); }
  void setValue(mlir::Value tensor, mlir::Value value) { fixed[tensor] = value; }
  void unsetValue(mlir::Value tensor) { fixed.erase(tensor); }
  /// The same for a tensor whose last axis is unrolled: one value for each position along it.
  void setColumns(mlir::Value tensor, llvm::ArrayRef<mlir::Value> values) {
    columns[tensor].assign(values.begin(), values.end());
  }

  /// A new loop body: nothing emitted before is known to dominate. `lanes` 0 means scalars; `mask` limits the lanes.
  void enterBody(int64_t lanes, mlir::Value mask);

  /// Ignore shapes and index everything by its row-major position; see isFlat.
  bool flat = false;

  /// Vector loads ask for the memory some way ahead of them too: for bodies so long that a core, while it is busy with
  /// one trip, does not see the loads of trips far enough away.
  bool readsAhead = false;

  /// Math functions of vectors are calls of routines that a process compiles once.
  bool callsMath = false;

  /// Pointers to results whose whole vectors begin at cache lines and are stored past the caches (StreamedStores.h).
  llvm::SmallPtrSet<void *, 2> streamed;

  /// The element(s) of `tensor` at `index`: a scalar when no axis varies, else a vector of `lanes`.
  mlir::Value at(mlir::Value tensor, const Index &index);
  /// Those of several tensors. Where pads and concatenations are read, this is emitted twice, behind a test: without
  /// looking at borders for an index away from all of them, and for any other
  /// (docs/decisions/0085-away-from-borders.md).
  llvm::SmallVector<mlir::Value> atAll(llvm::ArrayRef<mlir::Value> tensors, const Index &index);
  /// The same as `at`, always a vector when lanes > 0.
  mlir::Value vectorAt(mlir::Value tensor, const Index &index);
  void store(mlir::Location at, mlir::Value value, mlir::Value pointer, mlir::Value tensor, const Index &index);

  mlir::Value splat(mlir::Location at, mlir::Value scalar);
  /// Row-major position of `index` in a tensor with these extents.
  AxisIndex linearize(mlir::Location at, llvm::ArrayRef<mlir::Value> tensorExtents, const Index &index);
  /// The position along one axis as a vector (or scalar) of i64.
  mlir::Value materialize(mlir::Location at, const AxisIndex &axis);

 private:
  mlir::OpBuilder &b;
  ExtentEmitter &extents;
  Policy policy;
  int64_t lanes = 0;
  mlir::Value mask;
  llvm::DenseMap<mlir::Value, mlir::Value> pointers, fixed;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Value>> columns;
  // Set while emitting an operand that may be empty (i1: it is not): its loads are then diverted to memory of ours.
  mlir::Value guard, spare;
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, mlir::Value> emitted;
  llvm::DenseMap<mlir::Value, int64_t> loadedBefore;  // the call of a math function with that number
  int64_t callsMade = 0;
  llvm::SmallVector<Index> interned;
  // Positions that are another plus a constant.
  llvm::DenseMap<mlir::Value, std::pair<mlir::Value, int64_t>> sums;
  // While away from borders: where the positions of the index must lie, [low, high).
  using Bounds = llvm::MapVector<mlir::Value, std::pair<int64_t, int64_t>>;
  Bounds *bounds = nullptr;

  unsigned intern(const Index &index);
  mlir::Value emit(mlir::Value tensor, const Index &index);
  mlir::Value loadedAgain(mlir::Value value);
  mlir::Value load(mlir::Value tensor, mlir::Value pointer, const Index &index);
  mlir::Value loadReversed(mlir::Location at, DType dtype, mlir::Value pointer, mlir::Value last);
  mlir::Value loadEvery(mlir::Location at, DType dtype, mlir::Value pointer, mlir::Value first, int64_t step);
  mlir::Value shuffled(mlir::Location at, mlir::Value x, mlir::Value y, llvm::function_ref<int64_t(int64_t)> from);
  mlir::Value elementwise(mlir::Operation *op, const Index &index);
  mlir::Value constantElement(mlir::Operation *op, mlir::Type type);
  mlir::Value iota(mlir::Operation *op, const Index &index);
  mlir::Value random(mlir::Operation *op, const Index &index);
  mlir::Value pad(mlir::Operation *op, const Index &index);
  mlir::Value lanesWithin(mlir::Location at, mlir::Value first, mlir::Value extent, bool fromBelow, bool toAbove);
  mlir::Value concatenate(mlir::Operation *op, const Index &index);
  mlir::Value concatenateVectors(ir::ConcatenateOp op, const Index &index);
  std::optional<std::pair<mlir::Value, Index>> onlyOperand(ir::ConcatenateOp op, const Index &index);
  bool assumeWithin(const AxisIndex &position, int64_t low, int64_t high);
  mlir::Value boundsHold(mlir::Location at, const Bounds &bounds);
  mlir::Value take(mlir::Operation *op, const Index &index);
  std::optional<Index> moved(mlir::Operation *op, const Index &index);

  AxisIndex uniform(mlir::Value base) { return {base, 0, {}}; }
  AxisIndex addConstant(mlir::Location at, AxisIndex axis, int64_t offset);
  AxisIndex add(mlir::Location at, AxisIndex axis, mlir::Value offset);
  AxisIndex scale(mlir::Location at, AxisIndex axis, int64_t factor);
  AxisIndex clamp(mlir::Location at, const AxisIndex &axis, mlir::Value extent);
  mlir::Value scalarAt(mlir::Value tensor);
  /// As `at`, where `tensor` may have no elements because one of `sizes` is 0; the value does not matter then.
  mlir::Value atUnlessEmpty(mlir::Value tensor, const Index &index, llvm::ArrayRef<mlir::Value> sizes);
  void prefetch(mlir::Location at, mlir::Value address, mlir::VectorType type, int64_t bytesAhead);
  void prefetchTaken(mlir::Operation *op, const Index &indicesIndex, Index source);
  mlir::Value spareMemory(mlir::Location at);
};

/// True when every op of the kernel treats its operands position by position, so that one loop over all elements serves
/// whatever the rank.
bool isFlat(mlir::Block &kernel);

/// True when every op of the kernel reads the value's elements where it has its own, up to results and reductions: no
/// op behind it moves them. Only then may an emitter bind the value to what it is at one index.
bool isReadInPlace(mlir::Value value);

/// Dtype of the elements of a tensor of the etch dialect.
DType dtypeOf(mlir::Value tensor);

/// Memory type of an element: bool and u8 take a byte, bf16 lies there as i16.
mlir::Type memoryType(DType dtype, mlir::MLIRContext *context);
/// A value of the memory type, scalar or vector, as registers hold it, and the other way round.
mlir::Value fromMemory(mlir::OpBuilder &b, mlir::Location at, DType dtype, mlir::Value value);
mlir::Value toMemory(mlir::OpBuilder &b, mlir::Location at, DType dtype, mlir::Value value);
/// Elements that lie together, as memory holds them: all, or those of the lanes that `mask` has; the others are 0, and
/// stay in memory as they were.
mlir::Value loadLine(mlir::OpBuilder &b, mlir::Location at, mlir::VectorType type, mlir::Value address,
                     mlir::Value mask = {});
void storeLine(mlir::OpBuilder &b, mlir::Location at, mlir::Value line, mlir::Value address, mlir::Value mask = {});
mlir::Value loadScalar(mlir::OpBuilder &b, mlir::Location at, DType dtype, mlir::Value pointer, mlir::Value position);
void storeScalar(mlir::OpBuilder &b, mlir::Location at, DType dtype, mlir::Value value, mlir::Value pointer,
                 mlir::Value position);
mlir::Value elementPointer(mlir::OpBuilder &b, mlir::Location at, DType dtype, mlir::Value pointer,
                           mlir::Value position);

}  // namespace etch::codegen
