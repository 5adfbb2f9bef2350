// The derivative of a convolution by its filters, channels last: which sums tasks take (ConvFilterSums.h).
//
// Each is the sum over images and pixels in order, but that many images are divided in parts (Partials.h), whose
// sums are added in order: it depends on neither tiles nor threads.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/window/ConvFilterSums.h"
#include "codegen/cpu/KernelPart.h"
#include "passes/buffer/Partials.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

passes::SumParts partsOf(KernelFrame &f, FilterSums &sums) {
  return passes::partsOfImages(f.extents, sums.images(), f.constant(sums.pixels()), f.constant(sums.filters()));
}

/// Parts of the images, and then the sum of their sums: that of the first part is in the result, the others in memory
/// for partial sums.
class FilterParts {
 public:
  FilterParts(KernelFrame &f, const ConvGeometry &g, FilterSums &whole, const passes::SumParts &parts)
      : f(f), g(g), whole(whole), parts(parts) {}

  void emit() {
    KernelPart images(f, "images"), sums(f, "sums");
    emitImages(images);
    emitSums(sums);
    f.setTrips(f.constant(1), 1);
    Value parameters = KernelPart::parametersOf(f, 0);
    Value work = f.mul(parts.each, f.constant(whole.workOfTrip()));
    Value grain = f.quotient(f.constant(kTaskMultiplications), f.maximum(work, f.constant(1)));
    images.run(f, parameters, f.mul(parts.count, f.constant(whole.numTrips())), f.maximum(grain, f.constant(1)));
    sums.run(f, parameters, f.constant(quotientUp(whole.filters(), whole.vectors().lanes())),
             f.constant(kSummedVectors));
  }

 private:
  /// Vectors of the result that are worth a task. As many additions take as long as a task costs (docs/decisions/0058).
  static constexpr int64_t kSummedVectors = 1024;

  KernelFrame &f;
  const ConvGeometry &g;
  FilterSums &whole;
  passes::SumParts parts;

  static Value partialsOf(KernelPart &part) {
    if (!part.frame.partials) throw InternalError("a filter gradient has no memory for its partial sums");
    return part.frame.partials;
  }

  /// Trips of all parts, one part after the other.
  void emitImages(KernelPart &part) {
    KernelFrame &p = part.frame;
    FilterSums own(p, g);
    Value all = own.images(), trips = p.constant(own.numTrips()), others = partialsOf(part);
    const passes::SumParts mine = partsOf(p, own);
    Value first = p.quotient(p.begin, trips), last = p.quotientUp(p.end, trips);
    p.loop(first, last, 1, [&](Value number) {
      Value before = p.mul(number, trips);
      Value firstTrip = p.maximum(p.sub(p.begin, before), p.constant(0)),
            lastTrip = p.minimum(p.sub(p.end, before), trips);
      Value isFirst = arith::CmpIOp::create(p.b, p.at, arith::CmpIPredicate::eq, number, p.constant(0));
      Value behind = own.vectors().at(others, p.mul(p.sub(number, p.constant(1)), p.constant(own.filters())));
      Value to = arith::SelectOp::create(p.b, p.at, isFirst, p.results[0], behind);
      Value image = p.mul(number, mine.each);
      own.emit({image, p.minimum(p.add(image, mine.each), all)}, {firstTrip, lastTrip}, to);
    });
    part.end();
  }

  /// Adds the vectors of the later parts to those of the first one, in order.
  void emitSums(KernelPart &part) {
    KernelFrame &p = part.frame;
    FilterSums own(p, g);
    Value others = partialsOf(part);
    const passes::SumParts mine = partsOf(p, own);
    ConvTile &tile = own.vectors();
    const int64_t lanes = tile.lanes(), full = own.filters() / lanes, rest = own.filters() % lanes;
    auto addParts = [&](Value vector) {
      Value element = p.mul(vector, p.constant(lanes)), to = tile.at(p.results[0], element);
      Values sum = p.loop(p.constant(1), mine.count, 1, tile.load(to), [&](Value number, mlir::ValueRange carried) {
        Value before = p.mul(p.sub(number, p.constant(1)), p.constant(own.filters()));
        return Values{tile.plus(carried[0], tile.load(tile.at(others, p.add(before, element)))[0])};
      });
      tile.store(to, sum);
    };
    tile.begin(1, lanes);
    p.loop(p.begin, p.minimum(p.end, p.constant(full)), 1, addParts);
    if (rest) {
      tile.begin(1, rest);
      p.branch(p.less(p.constant(full), p.end), [&] { addParts(p.constant(full)); });
    }
    part.end();
  }
};

}  // namespace

bool emitFilterGradient(KernelFrame &f, const ConvGeometry &geometry) {
  if (llvm::any_of(geometry.axes, [](const WindowAxis &axis) { return axis.gap != 1; })) return false;
  FilterSums whole(f, geometry);
  const passes::SumParts parts = partsOf(f, whole);
  f.taskWork = kTaskMultiplications;
  f.splitInRanges();
  if (constantOf(parts.count) != 1) {
    FilterParts(f, geometry, whole, parts).emit();
    return true;
  }
  f.setTrips(f.constant(whole.numTrips()), whole.workOfTrip() * *constantOf(parts.each));
  whole.emit({f.constant(0), whole.images()}, {f.begin, f.end}, f.results[0]);
  return true;
}

}  // namespace etch::codegen
