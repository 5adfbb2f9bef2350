#include "codegen/cpu/window/ConvChunks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

namespace {

/// A block of 32 outputs (25 KB) and what its tiles read of the operand stay in the L1 cache over all filter positions,
/// if they are copied together: lines 256 bytes apart share a quarter of the sets (docs/decisions/0014). Half, twice:
/// .97, 1.02.
constexpr int64_t kPixels = 200;
/// Depthwise filters read as much of the operand as of the cotangent (docs/decisions/0063). Half, twice: .99, 1.06.
constexpr int64_t kPixelsOfChannels = 100;

}  // namespace

PixelChunks::PixelChunks(KernelFrame &f, const ConvGeometry &g) : f(f), g(g) {
  const int64_t pixels = g.isDepthwise() ? kPixelsOfChannels : kPixels, width = g.axes[2].window;
  rows = std::clamp<int64_t>(pixels / width, 1, g.axes[1].window);
  columns = width < 2 * pixels ? width : quotientUp(width, quotientUp(width, pixels));
}

void PixelChunks::over(Value firstImage, Value lastImage, llvm::function_ref<void(const PixelChunk &)> body) {
  auto overAxis = [&](const WindowAxis &axis, int64_t step, llvm::function_ref<void(Value, Value)> part) {
    f.loop(f.constant(0), f.constant(axis.window), step, [&](Value first) {
      if (step >= axis.window) return part(first, f.constant(axis.window));
      Value last = f.add(first, f.constant(step));
      part(first, axis.window % step ? f.minimum(last, f.constant(axis.window)) : last);
    });
  };
  f.loop(firstImage, lastImage, 1, [&](Value image) {
    f.loop(f.constant(0), f.constant(g.axes[0].window), 1, [&](Value plane) {
      overAxis(g.axes[1], rows, [&](Value firstRow, Value lastRow) {
        overAxis(g.axes[2], columns, [&](Value firstColumn, Value lastColumn) {
          body({image, plane, firstRow, lastRow, firstColumn, lastColumn});
        });
      });
    });
  });
}

Value PixelChunks::operandRow(const PixelChunk &chunk) { return elementOf(g.axes[1], f.constant(0), chunk.firstRow); }
Value PixelChunks::operandColumn(const PixelChunk &chunk) {
  return haveWholeRows() ? f.constant(0) : elementOf(g.axes[2], f.constant(0), chunk.firstColumn);
}

Value PixelChunks::elementOf(const WindowAxis &axis, Value k, Value p) {
  Value at = f.add(f.mul(k, f.constant(axis.stride)), f.mul(p, f.constant(axis.dilation)));
  return axis.low == 0 ? at : f.sub(at, f.constant(axis.low));
}

std::pair<Value, Value> PixelChunks::met(const WindowAxis &axis, Value k, Value first, Value last) {
  if (axis.isInside()) return {first, last};
  Value base = f.sub(f.constant(axis.low), f.mul(k, f.constant(axis.stride)));
  auto reaching = [&](int64_t limit) -> Value {
    Value missing = f.maximum(f.add(base, f.constant(limit)), f.constant(0));
    return f.quotientUp(missing, f.constant(axis.dilation));
  };
  return {f.maximum(first, reaching(0)), f.minimum(last, reaching(axis.extent))};
}

Value PixelChunks::pixelNumber(const PixelChunk &chunk, Value row, Value column) {
  Value plane = f.add(f.mul(chunk.image, f.constant(g.axes[0].window)), chunk.plane);
  Value line = f.add(f.mul(plane, f.constant(g.axes[1].window)), row);
  return f.add(f.mul(line, f.constant(g.axes[2].window)), column);
}

Value PixelChunks::elementNumber(const PixelChunk &chunk, Value plane, Value row, Value column) {
  plane = f.add(f.mul(chunk.image, f.constant(g.axes[0].extent)), plane);
  Value line = f.add(f.mul(plane, f.constant(g.axes[1].extent)), row);
  return f.add(f.mul(line, f.constant(g.axes[2].extent)), column);
}

}  // namespace etch::codegen
