#include "codegen/cpu/window/PixelStores.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// Null where it is known that all lanes are.
Value firstLanes(KernelFrame &f, Value count, int64_t lanes) {
  auto known = constantOf(count);
  return known && *known >= lanes ? Value() : f.laneMask(count, lanes);
}

}  // namespace

/// Whether these are all outputs, two to eight, of neighbouring pixels, and all results lie as they do.
bool PixelStores::lieTogether(const Index &index, size_t outputs) const {
  const auto shape = ir::typeOf(made).getShape();
  return index[index.size() - 2].step == 1 && static_cast<int64_t>(outputs) == shape.back() && outputs >= 2 &&
         outputs <= kMostInterleaved &&
         llvm::all_of(f.outputs(), [&](Value output) { return ir::typeOf(output).getShape() == shape; });
}

void PixelStores::store(const Index &index, mlir::ValueRange outputs, Value count) {
  if (lieTogether(index, outputs.size())) return storeTogether(index, outputs, count);
  Value mask = firstLanes(f, count, lanes);
  Index at = index;
  for (auto [k, output] : llvm::enumerate(outputs)) {
    at.back().base = f.add(index.back().base, f.constant(static_cast<int64_t>(k)));
    f.storeResults(made, output, at, lanes, mask);
  }
}

void PixelStores::storeTogether(const Index &index, mlir::ValueRange outputs, Value count) {
  const auto period = static_cast<int64_t>(outputs.size());
  Value mask = firstLanes(f, count, lanes);
  // Of each result the vectors of its outputs, as memory holds them.
  llvm::SmallVector<Values> all(f.outputs().size());
  for (auto [k, output] : llvm::enumerate(outputs)) {
    Index at = index;
    at.back() = {f.constant(static_cast<int64_t>(k)), 0, {}};
    f.elements.enterBody(lanes, mask);
    f.elements.setValue(made, output);
    for (auto [result, vectors] : llvm::zip(f.outputs(), all))
      vectors.push_back(toMemory(f.b, f.at, dtypeOf(result), f.elements.vectorAt(result, at)));
  }
  Index first = index;
  first[first.size() - 2].step = 0;
  first.back() = {f.constant(0), 0, {}};
  for (auto [result, vectors, pointer] : llvm::zip(f.outputs(), all, f.results)) {
    Value base = f.elements.linearize(f.at, f.extents.of(result), first).base;
    for (int64_t v = 0; v < period; ++v) {
      auto known = constantOf(count);
      if (known && *known * period <= v * lanes) continue;
      Value mine = known ? f.constant(*known * period - v * lanes)
                         : f.sub(f.mul(count, f.constant(period)), f.constant(v * lanes));
      Value line = pickLanes(f, vectors, [&](int64_t i) {
        const int64_t element = v * lanes + i;
        return element % period * lanes + element / period;
      });
      Value to = elementPointer(f.b, f.at, dtypeOf(result), pointer, f.add(base, f.constant(v * lanes)));
      storeLine(f.b, f.at, line, to, firstLanes(f, mine, lanes));
    }
  }
}

}  // namespace etch::codegen
