#include "codegen/cpu/window/PoolPixels.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// Vectors of results of a tile: sixteen lanes of each in registers, of AVX2 too (docs/decisions/0080). Half, twice:
/// .90, 1.03.
constexpr int64_t kVectors = 4;
/// Results of a row that share an element from which on what a tile reads is worth reading once. Below that, tiles are
/// whole pixels, so that memory is read and written in order (docs/decisions/0080). Half, twice: 1.03, 1.00.
constexpr int64_t kSharing = 4;
/// Lines that a tile fetches; of larger windows, whose arithmetic hides the wait, none (docs/decisions/0080). Half,
/// twice: none of the measured kernels changes.
constexpr int64_t kMostFetched = 32;

}  // namespace

std::optional<PoolPixels> PoolPixels::of(mlir::Operation *pool) {
  auto type = llvm::cast<mlir::RankedTensorType>(pool->getOperand(0).getType());
  PoolPixels p{};
  p.rank = type.getRank();
  p.dtype = ir::toDType(type.getElementType());
  if (p.rank < 3 || p.rank > 5 || !leavesAlone(pool, 0) || !leavesAlone(pool, p.rank - 1)) return std::nullopt;
  for (int64_t i = 1; i + 1 < p.rank; ++i) {
    WindowAxis &axis = p.axes[i + 4 - p.rank] = WindowAxis::of(pool, i);
    if (axis.extent <= 0 || axis.result <= 0) return std::nullopt;
  }
  p.pixelElements = type.getDimSize(p.rank - 1);
  // None: there is nothing to fetch.
  if (llvm::is_contained({0, 1}, p.pixelElements)) return std::nullopt;
  p.columns = phasesOf(p.axes[2]);
  const WindowPhase &first = p.columns[0];
  const bool shares = first.count >= kVectors && first.taps >= kSharing * first.advance;
  if (p.pixelElements > 0) {
    const int64_t all = quotientUp(p.pixelElements, kLanes);
    p.groups = quotientUp(all, shares ? 1 : kVectors), p.vectors = quotientUp(all, p.groups);
  }
  return p;
}

int64_t PoolPixels::pixels() const { return kVectors / vectors; }

int64_t PoolPixels::code() const {
  int64_t sum = axes[2].window * kVectors;
  for (const WindowBlock &block : blocksOf(columns, pixels()))
    for (const WindowPhase &column : columns) sum += block.inside ? 0 : column.taps * column.part(block).size * vectors;
  return sum;
}

void PoolPixels::overChannels(KernelFrame &f, Value channels, llvm::function_ref<void(const Channels &)> body) const {
  if (pixelElements < 0) {
    f.laneLoop(f.constant(0), channels, {}, [&](Value first, Value mask, mlir::ValueRange) {
      body({first, 1, mask});
      return Values();
    });
    return;
  }
  const int64_t group = vectors * kLanes, whole = pixelElements / group * group, rest = pixelElements - whole;
  f.loop(f.constant(0), f.constant(whole), group, [&](Value first) { body({first, vectors, Value()}); });
  if (rest > 0)
    body(
        {f.constant(whole), quotientUp(rest, kLanes), rest % kLanes ? f.laneMask(f.constant(rest % kLanes)) : Value()});
}

void PoolPixels::NextRows::add(Value tensor, Value at, int64_t elements, bool willBeWritten) {
  const int64_t bytes = elements * static_cast<int64_t>(size_of(pixels.dtype));
  ahead.add(elementPointer(f.b, f.at, pixels.dtype, tensor, at), quotientUp(bytes, tiles), willBeWritten);
}

void PoolPixels::NextRows::addElements(Value tensor, const WindowRow &row, bool willBeWritten) {
  if (pixels.pixelElements < 0) return;
  const auto &axes = pixels.axes;
  auto behind = [&](const WindowAxis &axis, Value result) {
    return f.add(f.mul(result, f.constant(axis.stride)), f.constant((axis.window - 1) * axis.dilation - axis.low));
  };
  Value line =
      f.add(lineAt(f, axes, row.image, behind(axes[0], row.plane), behind(axes[1], row.h), &WindowAxis::extent),
            f.constant(1));
  const int64_t elements = axes[2].extent * pixels.pixelElements;
  add(tensor, f.mul(line, f.constant(elements)), axes[1].stride * elements, willBeWritten);
}

void PoolPixels::NextRows::addWindows(Value tensor, const WindowRow &row, bool willBeWritten) {
  if (pixels.pixelElements < 0) return;
  const int64_t elements = pixels.axes[2].result * pixels.pixelElements;
  add(tensor, f.mul(f.add(row.line(), f.constant(1)), f.constant(elements)), elements, willBeWritten);
}

FetchAhead PoolPixels::NextRows::fetches() const { return ahead.lines() > kMostFetched ? FetchAhead(f) : ahead; }

}  // namespace etch::codegen
