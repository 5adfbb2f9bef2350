#include "codegen/cpu/window/PixelStores.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

bool PixelStores::fit() const {
  const auto shape = ir::typeOf(made).getShape();
  return shape.back() >= 2 && shape.back() <= static_cast<int64_t>(kMostInterleaved) &&
         llvm::all_of(f.outputs(), [&](Value output) { return ir::typeOf(output).getShape() == shape; });
}

void PixelStores::store(const Index &index, mlir::ValueRange outputs, int64_t count) {
  const auto period = static_cast<int64_t>(outputs.size());
  Value mask = count < lanes ? f.laneMask(f.constant(count), lanes) : Value();
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
      const Lanes there = Lanes::inside(v * lanes, lanes, count * period);
      if (there.count() == 0) continue;
      Value line = pickLanes(f, vectors, [&](int64_t i) {
        const int64_t element = v * lanes + i;
        return element % period * lanes + element / period;
      });
      Value to = elementPointer(f.b, f.at, dtypeOf(result), pointer, f.add(base, f.constant(v * lanes)));
      storeLine(f.b, f.at, line, to, there.count() < lanes ? there.mask(f, lanes) : Value());
    }
  }
}

}  // namespace etch::codegen
