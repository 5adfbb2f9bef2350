#include "codegen/cpu/window/PoolSums.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// Every element is in one window.
bool covers(const WindowAxis &axis) {
  return axis.low == 0 && axis.window == axis.stride && axis.dilation == 1 && axis.extent == axis.result * axis.stride;
}

}  // namespace

PoolSums::PoolSums(KernelFrame &f, const std::array<WindowAxis, 3> &axes, Value lineBytes, bool rowsAreWhole)
    : f(f),
      axes(axes),
      lineBytes(lineBytes),
      isByRow(rowsAreWhole && covers(axes[0]) && (axes[1].dilation == 1 || axes[1].window == 1)) {}

void PoolSums::clear(Value line, Value count) {
  Value to = elementPointer(f.b, f.at, DType::u8, f.results[0], f.mul(line, lineBytes));
  Value zero = arith::ConstantOp::create(f.b, f.at, f.b.getI8IntegerAttr(0));
  mlir::LLVM::MemsetOp::create(f.b, f.at, to, zero, f.mul(count, lineBytes), /*isVolatile=*/false);
}

void PoolSums::beginImage(Value image) {
  if (isByRow) return;
  const int64_t lines = axes[0].extent * axes[1].extent;
  clear(f.mul(image, f.constant(lines)), f.constant(lines));
}

void PoolSums::overWindows(bool adds, llvm::function_ref<void(const WindowRow &row)> body) {
  auto over = [&](int64_t count, llvm::function_ref<void(Value)> each) {
    f.loop(f.constant(0), f.constant(count), 1, each);
  };
  f.loop(f.begin, f.end, 1, [&](Value image) {
    if (adds) beginImage(image);
    over(axes[0].result,
         [&](Value plane) { over(axes[1].result, [&](Value h) { body(WindowRow(f, axes, image, plane, h)); }); });
  });
}

/// The rows of plane jd from the ones that a row of windows meets first on, up to where the next one begins, if they
/// are in no window; and those before all windows.
void PoolSums::clearBetween(const WindowRow &row, Value jd) {
  const WindowAxis &rows = axes[1];
  const int64_t last = (rows.result - 1) * rows.stride - rows.low + rows.window;
  if (rows.low >= 0 && rows.window >= rows.stride && last >= rows.extent) return;
  auto clamped = [&](Value line) { return f.minimum(f.maximum(line, f.constant(0)), f.constant(rows.extent)); };
  auto at = [&](int64_t number, int64_t value, Value otherwise) -> Value {
    Value here = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, row.h, f.constant(number));
    return arith::SelectOp::create(f.b, f.at, here, f.constant(value), otherwise);
  };
  Value first = f.sub(f.mul(row.h, f.constant(rows.stride)), f.constant(rows.low));
  Value end = clamped(f.add(first, f.constant(rows.window)));
  Value next = at(rows.result - 1, rows.extent, clamped(f.add(first, f.constant(rows.stride))));
  Value plane = lineAt(f, axes, row.image, row.planes.element(f, jd), f.constant(0), &WindowAxis::extent);
  clear(f.add(plane, end), f.maximum(f.sub(next, end), f.constant(0)));
  if (rows.low < 0) clear(plane, at(0, std::min(-rows.low, rows.extent), f.constant(0)));
}

void PoolSums::overRows(const WindowRow &row, llvm::function_ref<void(Value, Value, bool)> body) {
  if (!isByRow) {
    row.overRows({}, [&](Value jd, Value jh, mlir::ValueRange) {
      body(jd, jh, false);
      return Values();
    });
    return;
  }
  auto each = [&](Value begin, Value end, llvm::function_ref<void(Value)> one) {
    WindowRow::writtenOut(f, begin, end, {}, [&](Value j, mlir::ValueRange) {
      one(j);
      return Values();
    });
  };
  each(row.planes.begin, row.planes.end, [&](Value jd) {
    // The first rows of a window are the last ones of the windows before.
    const int64_t shared = axes[1].window - axes[1].stride;
    Value middle = row.rows.begin;
    if (shared > 0 && axes[1].result > 1) {
      Value isFirst = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, row.h, f.constant(0));
      Value met = f.maximum(f.minimum(f.constant(shared), row.rows.end), row.rows.begin);
      middle = arith::SelectOp::create(f.b, f.at, isFirst, row.rows.begin, met);
      each(row.rows.begin, middle, [&](Value jh) { body(jd, jh, false); });
    }
    each(middle, row.rows.end, [&](Value jh) { body(jd, jh, true); });
    clearBetween(row, jd);
  });
}

}  // namespace etch::codegen
