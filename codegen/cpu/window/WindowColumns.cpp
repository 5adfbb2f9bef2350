#include "codegen/cpu/window/WindowColumns.h"

namespace etch::codegen {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// What is written out of a row at most, so that code does not grow with windows (docs/decisions/0080).
constexpr int64_t kMostAdvance = 16, kMostTaps = 16, kMostPhases = 16;
/// Vectors to pick from for each result and window position, where there are few results: one by one is as fast
/// (docs/decisions/0080). Half, twice: no kernel changes, .45.
constexpr int64_t kMostLoads = 4;

}  // namespace

WindowColumns::WindowColumns(KernelFrame &f, DType dtype, const WindowAxis &axis)
    : f(f), dtype(dtype), axis(axis), phaseList(phasesOf(axis)) {}

bool WindowColumns::fits() const {
  const int64_t loads = quotientUp(count(), kLanes) * axis.advance();
  return loads <= kMostLoads * count() && axis.window <= kMostTaps && axis.period() <= kMostPhases &&
         axis.advance() <= kMostAdvance;
}

bool WindowColumns::isInside(int64_t start) const {
  return llvm::all_of(phaseList, [&](const WindowPhase &phase) {
    if (start + kLanes > phase.count) return false;
    for (int64_t tap = 0; tap < phase.taps; ++tap) {
      const int64_t from = start + quotientDown(phase.element(tap), phase.advance);
      if (from < 0 || (from + kLanes) * phase.advance > axis.extent) return false;
    }
    return true;
  });
}

Values WindowColumns::overBlocks(int64_t count, llvm::function_ref<bool(int64_t)> isInside, mlir::ValueRange carried,
                                 BlockBody body) const {
  Values values = llvm::to_vector_of<Value>(carried);
  for (int64_t start = 0, end; start < count; start = end) {
    end = start + kLanes;
    if (!isInside(start)) {
      values = body({f.constant(start), start}, values);
      continue;
    }
    while (isInside(end)) end += kLanes;
    values = f.loop(f.constant(start), f.constant(end), kLanes, values,
                    [&](Value at, mlir::ValueRange before) { return body({at, std::nullopt}, before); });
  }
  return values;
}

Lanes WindowColumns::met(const Block &block, const WindowPhase &phase, int64_t tap) const {
  if (!block.at) return {0, kLanes};
  auto [begin, end] = phase.met({*block.at, kLanes, false}, tap);
  return {begin, end};
}

Value WindowColumns::Row::at(const WindowPhase &phase, int64_t tap) {
  KernelFrame &f = columns.f;
  const int64_t advance = phase.advance, from = quotientDown(phase.element(tap), advance),
                lane = phase.element(tap) - from * advance;
  auto [vectors, isNew] = loaded.try_emplace(from);
  if (isNew) {
    Value first = f.add(f.mul(block.start, f.constant(advance)), f.constant(from * advance));
    for (int64_t v = 0; v < advance; ++v) {
      Lanes there{0, kLanes};
      if (block.at) there = Lanes::inside((*block.at + from) * advance + v * kLanes, kLanes, columns.axis.extent);
      Value at = elementPointer(f.b, f.at, columns.dtype, tensor, f.add(f.add(line, first), f.constant(v * kLanes)));
      vectors->second.push_back(
          loadVector(f, columns.dtype, at, there.count() == kLanes ? Value() : there.mask(f, kLanes)));
    }
  }
  return pickLanes(f, vectors->second, [&](int64_t i) { return i * advance + lane; });
}

}  // namespace etch::codegen
