#include "codegen/cpu/window/WindowRow.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Rows of a window that are written out (docs/decisions/0106).
constexpr int64_t kMostWrittenOut = 3;

}  // namespace

WindowRow::WindowRow(KernelFrame &f, const std::array<WindowAxis, 3> &axes, Value image, Value plane, Value h)
    : image(image), plane(plane), h(h), planes(f, axes[0], plane), rows(f, axes[1], h), f(f), axes(axes) {}

WindowRow WindowRow::ofTrip(KernelFrame &f, const std::array<WindowAxis, 3> &axes, Value trip) {
  auto [planes, h] = f.split(trip, axes[1].result);
  auto [image, plane] = f.split(planes, axes[0].result);
  return WindowRow(f, axes, image, plane, h);
}

Value WindowRow::line() const { return lineAt(f, axes, image, plane, h, &WindowAxis::result); }

Value WindowRow::elementLine(Value jd, Value jh) const {
  return lineAt(f, axes, image, planes.element(f, jd), rows.element(f, jh), &WindowAxis::extent);
}

Value WindowRow::firstPosition(Value jd, Value jh) const {
  Value row = f.add(f.mul(planes.position(f, jd), f.constant(axes[1].window)), rows.position(f, jh));
  return mlir::arith::TruncIOp::create(f.b, f.at, f.b.getI32Type(), f.mul(row, f.constant(axes[2].window)));
}

llvm::SmallVector<Value> WindowRow::overRows(mlir::ValueRange carried, Body body) const {
  return f.loop(planes.begin, planes.end, 1, carried, [&](Value jd, mlir::ValueRange outer) {
    return f.loop(rows.begin, rows.end, 1, outer,
                  [&](Value jh, mlir::ValueRange inner) { return body(jd, jh, inner); });
  });
}

llvm::SmallVector<Value> WindowRow::overRowsWrittenOut(mlir::ValueRange carried, Body body) const {
  return writtenOut(f, planes.begin, planes.end, carried, [&](Value jd, mlir::ValueRange outer) {
    return writtenOut(f, rows.begin, rows.end, outer,
                      [&](Value jh, mlir::ValueRange inner) { return body(jd, jh, inner); });
  });
}

llvm::SmallVector<Value> WindowRow::writtenOut(KernelFrame &f, Value begin, Value end, mlir::ValueRange carried,
                                               KernelFrame::Body body) {
  auto first = constantOf(begin), last = constantOf(end);
  if (!first || !last || *last - *first > kMostWrittenOut) return f.loop(begin, end, 1, carried, body);
  llvm::SmallVector<Value> values = llvm::to_vector_of<Value>(carried);
  for (int64_t j = *first; j < *last; ++j) values = body(f.constant(j), values);
  return values;
}

}  // namespace etch::codegen
