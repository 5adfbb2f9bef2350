// Kernels that compute every element of their results on its own.

#include "codegen/cpu/VectorUnit.h"
#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/math/MathRoutine.h"
#include "codegen/cpu/elements/LoopTrips.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/elements/StreamedStores.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

void emitElements(KernelFrame &f, const Index &index) {
  llvm::SmallVector<Value> values = f.elements.atAll(llvm::to_vector_of<Value>(f.outputs()), index);
  for (auto [output, value, pointer] : llvm::zip(f.outputs(), values, f.results))
    f.elements.store(f.at, value, pointer, output, index);
}

llvm::SmallVector<int64_t> loopOrder(mlir::RankedTensorType domain, int64_t lane) {
  llvm::SmallVector<int64_t> order;
  for (int64_t axis = 0; axis < domain.getRank(); ++axis)
    if (axis != lane && domain.getDimSize(axis) != 1) order.push_back(axis);
  order.push_back(lane);
  return order;
}

/// A math function takes as long as four or five additions (the table below).
int64_t opCount(mlir::Block &kernel) {
  int64_t count = 0;
  for (mlir::Operation &op : kernel.without_terminator()) count += mathFunctionOf(&op) ? 4 : 1;
  return std::max<int64_t>(1, count);
}

bool hasMath(mlir::Block &kernel) {
  return llvm::any_of(kernel, [](mlir::Operation &op) { return mathFunctionOf(&op).has_value(); });
}

namespace {

/// Below this many elements a call is over in 10 microseconds: not worth the time that more code takes to compile, nor
/// are operands likely to be in memory only (docs/decisions/0043).
constexpr int64_t kFewElements = 1 << 15;

bool hasDoubles(mlir::Block &kernel) {
  return llvm::any_of(kernel.without_terminator(), [](mlir::Operation &op) {
    return mlir::getElementTypeOrSelf(op.getResult(0).getType()).isF64();
  });
}

/// About what the kernel's body is for a vector of f32.
int64_t instructionsOf(mlir::Block &kernel) {
  int64_t instructions = 0;
  for (mlir::Operation &op : kernel.without_terminator()) {
    auto fn = mathFunctionOf(&op);
    instructions += fn ? mathInstructions(*fn) : 1;
  }
  return instructions;
}

/// Everything is computed from elements at one place.
bool isElementwise(mlir::Block &kernel) {
  return llvm::all_of(kernel.without_terminator(), [](mlir::Operation &op) {
    return op.hasTrait<ir::ElementwiseOp>() || llvm::isa<ir::ConstantOp, ir::BroadcastInDimOp>(op);
  });
}

/// Are there bytes only, read as they lie: pixels and masks that are compared, chosen and joined?
bool isOfBytes(mlir::Block &kernel) {
  auto isOfByte = [](Value value) { return size_of(dtypeOf(value)) == 1; };
  auto isReadAsItLies = [](mlir::Operation &op) {
    if (auto slice = llvm::dyn_cast<ir::SliceOp>(op))
      return llvm::all_of(slice.getStrides(), [](int64_t stride) { return stride == 1; });
    return op.hasTrait<ir::ElementwiseOp>() ||
           llvm::isa<ir::ConstantOp, ir::BroadcastInDimOp, ir::PadOp, ir::ConcatenateOp>(op);
  };
  return llvm::all_of(kernel.getArguments(), isOfByte) &&
         llvm::all_of(kernel.without_terminator(),
                      [&](mlir::Operation &op) { return isOfByte(op.getResult(0)) && isReadAsItLies(op); });
}

/// How much code one trip of a loop may be before its math functions become calls (docs/decisions/0056).
constexpr int64_t kMostInstructions = 256;
/// The same of a kernel for one element (docs/decisions/0056).
constexpr int64_t kMostForOne = 64;

}  // namespace

/// Lanes of a trip. Formulas are chains of dependent operations: with four vectors side by side a core finds work while
/// one waits. Measured for 64k f32 in ns a vector of 16 (one Xeon core with AVX-512, two fused multiply-adds a cycle):
///
///   lanes                16     32     64    128
///   tanh(x) sigmoid(x)   7.28   6.58   6.25  6.49
///   gelu                 4.80   4.50   4.11  4.28
///   exp                  2.10   2.09   1.98  1.90
///   relu(2 x + 1)        1.29   1.29   1.33  1.36
///
/// Narrower registers take as many lanes fewer.
///
/// Bytes fill registers: a vector of sixteen is a quarter of one (docs/decisions/0130-registers-of-bytes.md).
///
/// Decides about calls of math functions, too: their trips are as wide, since another copy of the code costs nothing.
int64_t lanesOfTrip(KernelFrame &f, std::optional<int64_t> length, std::optional<int64_t> count) {
  const int64_t bits = f.vectorUnit().bits;
  if (!hasMath(f.body())) {
    // As many as a register has bytes, four times kLanes with AVX-512. Rows are at least two registers.
    const int64_t lanes = std::max(kLanes, bits / 8);
    return isOfBytes(f.body()) && length.value_or(0) >= 2 * lanes ? lanes : kLanes;
  }
  const int64_t registerLanes = bits / (hasDoubles(f.body()) ? 64 : 32);
  int64_t lanes = isElementwise(f.body()) ? std::max(kLanes, 4 * registerLanes) : kLanes;
  f.elements.callsMath =
      count.value_or(INT64_MAX) < kFewElements || lanes / registerLanes * instructionsOf(f.body()) > kMostInstructions;
  alignStack(f.target);
  if (!length) return lanes;
  // Lanes that a narrower trip would not compute in vain.
  auto covered = [&](int64_t lanes) { return (*length + lanes - 1) / lanes * lanes; };
  while (lanes > kLanes && (f.elements.callsMath ? covered(lanes / 2) * 4 <= covered(lanes) * 3 : lanes > *length))
    lanes /= 2;
  return lanes;
}

namespace {

using TripBody = llvm::function_ref<void(Value start, int64_t lanes, Value mask)>;

/// How a loop over lanes ends.
enum class Rest {
  nothing,  ///< it is known to be whole trips
  masks,    ///< every trip has a mask: the body is there once
  narrow    ///< trips of kLanes, the last one masked
};

/// Trips of `lanes` lanes over [lower, upper).
void overLanes(KernelFrame &f, Value lower, Value upper, int64_t lanes, Rest rest, TripBody body) {
  auto narrow = [&](Value start, Value mask, mlir::ValueRange) {
    body(start, kLanes, mask);
    return llvm::SmallVector<Value>();
  };
  auto first = constantOf(lower), last = constantOf(upper);
  if (rest == Rest::masks) {
    const bool isWhole = first && last && (*last - *first) % lanes == 0;
    f.loop(lower, upper, lanes,
           [&](Value start) { body(start, lanes, isWhole ? Value() : f.laneMask(f.sub(upper, start), lanes)); });
    return;
  }
  if (rest == Rest::nothing && !(first && last)) {
    f.loop(lower, upper, lanes, [&](Value start) { body(start, lanes, Value()); });
    return;
  }
  if (lanes == kLanes) {
    f.laneLoop(lower, upper, {}, narrow);
    return;
  }
  if (first && last) {
    Value middle = f.constant(*first + (*last - *first) / lanes * lanes);
    f.loop(lower, middle, lanes, [&](Value start) { body(start, lanes, Value()); });
    f.laneLoop(middle, upper, {}, narrow);
    return;
  }
  Value whole = arith::AndIOp::create(f.b, f.at, f.sub(upper, lower), f.constant(-lanes));
  Value middle = f.add(lower, whole);
  f.loop(lower, middle, lanes, [&](Value start) { body(start, lanes, Value()); });
  // At most three trips: masks cost less than another copy of the body.
  f.loop(middle, upper, kLanes, [&](Value start) { body(start, kLanes, f.laneMask(f.sub(upper, start))); });
}

/// `isSplit`: the loop is the one that the kernel is split at, at multiples of its grain.
Rest restOf(KernelFrame &f, int64_t lanes, std::optional<int64_t> length, bool isSplit) {
  auto trips = f.target->getAttrOfType<mlir::IntegerAttr>(kTrips);
  auto grain = f.target->getAttrOfType<mlir::IntegerAttr>(kGrain);
  if (isSplit && trips && trips.getInt() % lanes == 0 && grain.getInt() % lanes == 0) return Rest::nothing;
  // Nothing is known of the length where it may be 3: wide trips would be waste.
  return f.elements.callsMath && length ? Rest::masks : Rest::narrow;
}

/// Does a call of the program take microseconds? What is computed once a call then takes no time that counts.
bool hasManyElements(mlir::ModuleOp program) {
  auto isLarge = [](mlir::Type type) {
    auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type);
    return tensor && tensor.hasStaticShape() && tensor.getNumElements() >= kFewElements;
  };
  auto found = program.walk([&](ir::LaunchOp launch) {
    const bool any =
        llvm::any_of(launch->getOperandTypes(), isLarge) || llvm::any_of(launch->getResultTypes(), isLarge);
    return any ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
  });
  return found.wasInterrupted();
}

void emitOne(KernelFrame &f, const Index &index) {
  f.elements.callsMath = hasMath(f.body()) && instructionsOf(f.body()) > kMostForOne &&
                         hasManyElements(f.target->getParentOfType<mlir::ModuleOp>());
  if (f.elements.callsMath) alignStack(f.target);
  f.elements.enterBody(0, {});
  emitElements(f, index);
}

/// One loop over all elements in memory order.
void emitFlat(KernelFrame &f, Value count) {
  f.elements.flat = true;
  const bool isShared = f.source->hasAttr(ir::kFlat);
  if (isShared)
    f.setTripsOfLaunch(opCount(f.body()));
  else
    f.setTrips(count, opCount(f.body()));
  if (!isShared && constantOf(count) == 1) return emitOne(f, Index{{f.constant(0), 0, {}}});
  // What is known of a shared kernel is its largest count.
  const int64_t lanes = lanesOfTrip(f, constantOf(count), constantOf(count));
  f.elements.readsAhead = hasMath(f.body()) && constantOf(count).value_or(INT64_MAX) >= kFewElements;
  StreamedStores results(f, isShared ? llvm::SmallVector<unsigned>() : streamableOutputs(f.source), f.begin);
  results.emit([&] {
    overLanes(f, f.begin, f.end, lanes, restOf(f, lanes, constantOf(count), true),
              [&](Value start, int64_t lanes, Value mask) {
                f.elements.enterBody(lanes, mask);
                emitElements(f, Index{{start, 1, {}}});
              });
  });
  results.finish();
}

/// A loop an axis, vectors along the innermost one that is longer than 1.
void emitNest(KernelFrame &f, mlir::RankedTensorType domain, llvm::ArrayRef<Value> size) {
  int64_t rank = domain.getRank(), lane = laneAxisOf(domain);
  if (rank == 0) {
    f.setTrips(f.constant(1), opCount(f.body()));
    return emitOne(f, {});
  }
  llvm::SmallVector<int64_t> order = loopOrder(domain, lane);
  llvm::SmallVector<Value> perTrip{f.constant(opCount(f.body()))};
  for (int64_t axis : llvm::ArrayRef(order).drop_front()) perTrip.push_back(size[axis]);
  f.setTrips(size[order[0]], f.extents.product(perTrip), f.constant(order[0] == lane ? 8 * kLanes : 1));

  const int64_t lanes = lanesOfTrip(f, constantOf(size[lane]), constantOf(f.extents.product(size)));
  // Each row begins at a line if the first one does.
  const bool isWholeLines = order[0] == lane || constantOf(size[lane]).value_or(1) % kLanes == 0;
  StreamedStores results(f, isWholeLines ? streamableOutputs(f.source) : llvm::SmallVector<unsigned>(),
                         order[0] == lane ? f.begin : f.constant(0));
  Index index(rank, AxisIndex{f.constant(0), 0, {}});
  auto descend = [&](auto &self, size_t depth) -> void {
    int64_t axis = order[depth];
    Value lower = depth ? f.constant(0) : f.begin, upper = depth ? size[axis] : f.end;
    if (axis != lane) {
      f.loop(lower, upper, 1, [&](Value i) {
        index[axis] = {i, 0, {}};
        self(self, depth + 1);
      });
      return;
    }
    results.emit([&] {
      overLanes(f, lower, upper, lanes, restOf(f, lanes, constantOf(size[lane]), depth == 0),
                [&](Value start, int64_t lanes, Value mask) {
                  index[axis] = {start, 1, {}};
                  f.elements.enterBody(lanes, mask);
                  emitElements(f, index);
                });
    });
  };
  descend(descend, 0);
  results.finish();
}

}  // namespace

void emitLoopKernel(KernelFrame &f) {
  if (emitTransposeKernel(f)) return f.setForm("transpose");
  if (emitShortPieces(f)) return f.setForm("short pieces of rows");
  if (emitLoopJoinedColumns(f)) return f.setForm("columns joined in registers");
  if (emitConcatenateKernel(f)) return f.setForm("operands one after the other");
  auto domain = llvm::cast<mlir::RankedTensorType>(f.outputs()[0].getType());
  Extents size = f.extents.of(f.outputs()[0]);
  if (isFlat(f.body())) {
    f.setForm("elements in memory order");
    return emitFlat(f, f.extents.product(size));
  }
  if (emitLoopFewColumns(f)) return f.setForm("few columns");
  if (emitLoopCrossed(f)) return f.setForm("crossed rows in blocks");
  f.setForm("a loop an axis");
  emitNest(f, domain, size);
}

}  // namespace etch::codegen
