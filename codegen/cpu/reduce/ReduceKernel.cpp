// Kernels that fold axes of their index space. All that decides the order in which numbers are added up is the shape,
// so a result is the same whatever was fused and however many threads ran.

#include "codegen/cpu/reduce/ReduceKernel.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Value;

/// A core that does little but read asks for more lines at once than memory brings, and those come late that the
/// processor would have fetched by itself (docs/decisions/0136-lines-asked-for-in-order.md). Bytes ahead, of all
/// operands together; the last cache, whose lines are best read as they are; instructions for each element.
static constexpr int64_t kBytesAhead = 4096, kCacheBytes = 32 << 20, kLittleWork = 6;
/// Of smaller elements a line is several vectors, which is work enough (docs/decisions/0136).
static constexpr int64_t kLeastBytes = 4;

ReduceFrame::ReduceFrame(KernelFrame &f) : f(f) {
  for (mlir::Operation &op : f.body().without_terminator())
    if (ir::family_of(*ir::opCodeOf(&op)) == ir::Family::Reduction) reducers.emplace_back(f, &op);
  mlir::Operation *first = reducers.front().op;
  domain = llvm::cast<mlir::RankedTensorType>(first->getOperand(0).getType());
  llvm::SmallVector<int64_t> axes;
  if (auto list = first->getAttrOfType<mlir::DenseI64ArrayAttr>("axes"))
    axes.assign(list.asArrayRef().begin(), list.asArrayRef().end());
  else
    axes.push_back(first->getAttrOfType<mlir::IntegerAttr>("axis").getInt());
  size = f.extents.of(first->getOperand(0));
  lane = laneAxisOf(domain);
  for (int64_t axis = 0; axis < domain.getRank(); ++axis)
    (llvm::is_contained(axes, axis) ? reducedAxes : keptAxes).push_back(axis);
  index.assign(domain.getRank(), AxisIndex{f.constant(0), 0, {}});
}

bool ReduceFrame::readsWholeRows(Value argument) const {
  return ir::typeOf(argument).getShape() == domain.getShape() && isReadInPlace(argument);
}

Value ReduceFrame::workPerTrip() const {
  Values work{f.constant(static_cast<int64_t>(f.body().getOperations().size()))};
  for (int64_t axis = 0; axis < domain.getRank(); ++axis)
    if (keptAxes.empty() || axis != keptAxes[0]) work.push_back(size[axis]);
  return f.extents.product(work);
}

void ReduceFrame::overKept(size_t depth, int64_t except, llvm::function_ref<void()> inner) {
  while (depth < keptAxes.size() && keptAxes[depth] == except) ++depth;
  if (depth == keptAxes.size()) return inner();
  int64_t axis = keptAxes[depth];
  bool outermost = axis == keptAxes[0];
  f.loop(outermost ? f.begin : f.constant(0), outermost ? f.end : size[axis], 1, [&](Value i) {
    index[axis] = {i, 0, {}};
    overKept(depth + 1, except, inner);
  });
}

Values ReduceFrame::overReduced(size_t depth, int64_t except, mlir::ValueRange states,
                                llvm::function_ref<Values(mlir::ValueRange)> inner) {
  while (depth < reducedAxes.size() && reducedAxes[depth] == except) ++depth;
  if (depth == reducedAxes.size()) return inner(states);
  int64_t axis = reducedAxes[depth];
  return f.loop(f.constant(0), size[axis], 1, states, [&](Value i, mlir::ValueRange carried) {
    index[axis] = {i, 0, {}};
    return overReduced(depth + 1, except, carried, inner);
  });
}

Index ReduceFrame::keptIndex() const {
  Index kept;
  for (int64_t axis : keptAxes) kept.push_back(index[axis]);
  return kept;
}

void ReduceFrame::storeReduced(llvm::ArrayRef<std::pair<Value, Value>> outputs) {
  Index kept = keptIndex();
  Values values;
  for (auto [output, pointer] : outputs) values.push_back(f.elements.at(output, kept));
  for (auto [pair, value] : llvm::zip(outputs, values)) f.elements.store(f.at, value, pair.second, pair.first, kept);
}

llvm::SmallVector<unsigned> ReduceFrame::wholeOperands() const {
  llvm::SmallVector<unsigned> operands;
  for (mlir::BlockArgument argument : f.body().getArguments())
    if (ir::typeOf(argument).getShape() == domain.getShape()) operands.push_back(argument.getArgNumber());
  return operands;
}

std::optional<int64_t> ReduceFrame::elementsAhead(const RowPasses &plan) const {
  const bool isLittleWork = plan.all().size() == 1 && plan.all().front().cost <= kLittleWork && reducers.size() == 1 &&
                            reducers.front().stateWidth() == 1;
  if (!f.vectorUnit().streams || !domain.hasStaticShape() || !plan.isContiguous() || !isLittleWork) return {};
  int64_t bytes = 0;  // that are read for each element
  for (unsigned operand : wholeOperands()) {
    const auto size = static_cast<int64_t>(size_of(dtypeOf(f.body().getArgument(operand))));
    if (size < kLeastBytes) return {};
    bytes += size;
  }
  if (domain.getNumElements() * bytes < kCacheBytes) return {};
  return kBytesAhead / bytes;
}

void ReduceFrame::fetchAhead(int64_t elements) {
  Value position = f.add(f.elements.linearize(f.at, size, index).base, f.constant(elements));
  for (unsigned operand : wholeOperands()) {
    DType dtype = dtypeOf(f.body().getArgument(operand));
    Value address = elementPointer(f.b, f.at, dtype, f.operands[operand], position);
    for (int64_t line = 0; line < kLanes * static_cast<int64_t>(size_of(dtype)); line += kCacheLine)
      LLVM::Prefetch::create(f.b, f.at, elementPointer(f.b, f.at, DType::u8, address, f.constant(line)), /*rw=*/0,
                             /*hint=*/2, /*cache=*/1);
  }
}

void emitReduceKernel(KernelFrame &f) {
  ReduceFrame frame(f);
  if (frame.isReduced(frame.lane) && emitReduceWhole(frame)) return f.setForm("whole tensor in chunks");
  if (emitReduceShortRows(frame)) return f.setForm("short rows side by side");
  if (frame.isReduced(frame.lane)) {
    if (emitReduceTransposedRows(frame)) return f.setForm("rows transposed in registers");
    f.setForm("row by row");
    return emitReduceRows(frame);
  }
  bool alongLanes = !frame.keptAxes.empty() && frame.keptAxes[0] == frame.lane;
  // Each column is a sum of its own. A thread reads as long a stretch of each row as can be; few columns are split,
  // too, because there may be many rows.
  if (alongLanes) f.splitInRanges();
  f.setTrips(frame.keptAxes.empty() ? f.constant(1) : frame.size[frame.keptAxes[0]], frame.workPerTrip(),
             f.constant(alongLanes ? kLanes : 1));
  auto columns = [&] { emitReduceColumns(frame); };
  if (emitReduceFewColumns(frame, columns)) return f.setForm("few columns");
  f.setForm("columns in vectors");
  columns();
}

}  // namespace etch::codegen
