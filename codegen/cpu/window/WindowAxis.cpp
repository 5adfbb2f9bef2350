#include "codegen/cpu/window/WindowAxis.h"

#include <numeric>

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

int64_t windowEntry(mlir::Operation *pool, llvm::StringRef attribute, int64_t axis) {
  auto list = pool->getAttrOfType<mlir::DenseI64ArrayAttr>(attribute);
  return list ? list[axis] : 1;
}

WindowAxis WindowAxis::of(mlir::Operation *pool, int64_t axis) {
  const bool isScatter = llvm::isa<ir::SelectAndScatterAddOp>(pool);
  auto extentOf = [&](Value tensor) { return llvm::cast<mlir::RankedTensorType>(tensor.getType()).getDimSize(axis); };
  return {.extent = extentOf(pool->getOperand(0)),
          .window = windowEntry(pool, "window", axis),
          .result = extentOf(isScatter ? pool->getOperand(1) : pool->getResult(0)),
          .stride = windowEntry(pool, "strides", axis),
          .low = windowEntry(pool, "low", axis),
          .gap = windowEntry(pool, "base_dilation", axis),
          .dilation = windowEntry(pool, "window_dilation", axis)};
}

bool leavesAlone(mlir::Operation *pool, int64_t axis) {
  auto is = [&](llvm::StringRef name, int64_t value) { return windowEntry(pool, name, axis) == value; };
  return is("window", 1) && is("strides", 1) && is("low", 0) && is("high", 0) && is("base_dilation", 1);
}

int64_t quotientUp(int64_t x, int64_t by) { return x >= 0 ? (x + by - 1) / by : -(-x / by); }
int64_t quotientDown(int64_t x, int64_t by) { return -quotientUp(-x, by); }

int64_t WindowAxis::period() const { return gap / std::gcd(stride, gap); }
int64_t WindowAxis::advance() const { return stride / std::gcd(stride, gap); }

bool WindowAxis::isInside() const {
  const int64_t reach = (result - 1) * stride + (window - 1) * dilation - low;
  return low <= 0 && reach <= (extent - 1) * gap;
}

Value lineAt(KernelFrame &f, const std::array<WindowAxis, 3> &axes, Value image, Value plane, Value row,
             int64_t WindowAxis::*extent) {
  plane = f.add(f.mul(image, f.constant(axes[0].*extent)), plane);
  return f.add(f.mul(plane, f.constant(axes[1].*extent)), row);
}

WindowPhase::WindowPhase(const WindowAxis &axis, int64_t phase)
    : phase(phase),
      period(axis.period()),
      advance(axis.advance()),
      count(quotientUp(axis.result - phase, period)),
      extent(axis.extent) {
  for (int64_t k = 0; k < axis.window; ++k) {
    const int64_t at = phase * axis.stride + k * axis.dilation - axis.low;
    if (at % axis.gap != 0) continue;
    if (taps == 0) first = k, offset = at / axis.gap;
    if (taps == 1) step = k - first, offsetStep = at / axis.gap - offset;
    ++taps;
  }
}

std::pair<int64_t, int64_t> WindowPhase::met(const WindowBlock &block, int64_t tap) const {
  const int64_t at = block.start * advance + element(tap);
  const int64_t begin = std::clamp<int64_t>(quotientUp(-at, advance), 0, block.size);
  return {begin, std::clamp(quotientUp(extent - at, advance), begin, block.size)};
}

WindowBlock WindowPhase::part(const WindowBlock &block) const {
  return {block.start, std::clamp<int64_t>(count - block.start, 0, block.size), block.inside};
}

llvm::SmallVector<WindowPhase> phasesOf(const WindowAxis &axis) {
  llvm::SmallVector<WindowPhase> phases;
  for (int64_t phase = 0; phase < std::min(axis.period(), axis.result); ++phase) phases.emplace_back(axis, phase);
  return phases;
}

llvm::SmallVector<WindowBlock> blocksOf(llvm::ArrayRef<WindowPhase> phases, int64_t most) {
  llvm::SmallVector<WindowBlock> list;
  const int64_t count = phases.front().count, size = quotientUp(count, quotientUp(count, most));
  for (int64_t start = 0; start < count; start += size) {
    WindowBlock block{start, std::min(size, count - start), true};
    for (const WindowPhase &phase : phases) {
      block.inside &= start + block.size <= phase.count;
      if (phase.taps == 0) continue;
      // Taps between these two meet elements between theirs.
      for (int64_t tap : {int64_t{0}, phase.taps - 1})
        block.inside &= phase.met(block, tap) == std::pair(int64_t{0}, block.size);
    }
    list.push_back(block);
  }
  return list;
}

void overBlocks(KernelFrame &f, llvm::ArrayRef<WindowBlock> list,
                llvm::function_ref<void(const WindowBlock &, Value, Value)> body) {
  for (size_t i = 0, end = 0; i < list.size(); i = end) {
    const WindowBlock &block = list[i];
    end = i + 1;
    while (block.inside && end < list.size() && list[end].inside && list[end].size == block.size) ++end;
    const auto number = static_cast<int64_t>(i), count = static_cast<int64_t>(end - i);
    f.loop(f.constant(block.start), f.constant(block.start + count * block.size), block.size, [&](Value start) {
      Value before = f.sub(start, f.constant(block.start));
      Value equal = f.quotient(before, f.constant(block.size));
      body(block, start, f.add(equal, f.constant(number)));
    });
  }
}

WindowTaps::WindowTaps(KernelFrame &f, const WindowAxis &axis, Value result) {
  auto [t, phase] = f.split(result, axis.period());
  const WindowPhase zero(axis, 0);
  Value offset = f.constant(zero.offset), count = f.constant(zero.taps);
  first = f.constant(zero.first), step = zero.step, offsetStep = zero.offsetStep;
  for (int64_t other = 1; other < zero.period; ++other) {
    const WindowPhase mine(axis, other);
    if (mine.taps > 1) step = mine.step, offsetStep = mine.offsetStep;
    Value here = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, phase, f.constant(other));
    auto choose = [&](int64_t value, Value otherwise) -> Value {
      return arith::SelectOp::create(f.b, f.at, here, f.constant(value), otherwise);
    };
    first = choose(mine.first, first), offset = choose(mine.offset, offset), count = choose(mine.taps, count);
  }
  base = f.add(f.mul(t, f.constant(zero.advance)), offset);
  begin = f.constant(0), end = count;
  if (axis.isInside()) return;
  // The first j whose element is not below `limit`.
  auto reaching = [&](int64_t limit) -> Value {
    Value missing = f.maximum(f.sub(f.constant(limit), base), f.constant(0));
    return f.quotientUp(missing, f.constant(offsetStep));
  };
  begin = reaching(0), end = f.minimum(count, reaching(axis.extent));
}

Value WindowTaps::position(KernelFrame &f, Value j) const { return f.add(first, f.mul(j, f.constant(step))); }
Value WindowTaps::element(KernelFrame &f, Value j) const { return f.add(base, f.mul(j, f.constant(offsetStep))); }

}  // namespace etch::codegen
