#include "codegen/cpu/window/ConvImageParts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

namespace {

/// Parts, where every one of them has enough pixels that adding its sum does not count (docs/decisions/0069).
constexpr int64_t kMostParts = 8;
constexpr int64_t kFewestPixels = 2048;
/// Elements of the result above which tiles have so much to do with what they read that threads may take those
/// (docs/decisions/0069).
constexpr int64_t kMostFilters = 1 << 18;

}  // namespace

ImageParts ImageParts::of(KernelFrame &f, Value images, Value pixels, Value filters) {
  // A power of two, so that threads get whole parts.
  Value all = f.mul(images, pixels), count = f.constant(1);
  for (int64_t parts = 2; parts <= kMostParts; parts *= 2) {
    const int64_t least = parts * kFewestPixels;
    auto known = constantOf(all), elements = constantOf(filters);
    if (known && elements) {
      if (*known >= least && *elements <= kMostFilters) count = f.constant(parts);
      continue;
    }
    Value enough = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::sge, all, f.constant(least));
    Value small = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::sle, filters, f.constant(kMostFilters));
    enough = arith::AndIOp::create(f.b, f.at, enough, small);
    count = arith::SelectOp::create(f.b, f.at, enough, f.constant(parts), count);
  }
  Value each = f.maximum(f.quotientUp(images, count), f.constant(1));
  return {f.maximum(f.quotientUp(images, each), f.constant(1)), each};
}

}  // namespace etch::codegen
