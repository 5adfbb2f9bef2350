// Sums and maxima of windows over the innermost axis, which channels-first pictures have: vectors run over neighbouring
// results of a row (WindowColumns.h). Everything is combined in row-major order, as in PoolKernel.cpp.
//
// Gaps between the elements (the derivative of a sum with strides) are phases: their results are computed apart and put
// in turn before they are stored.
//
// 16 x 64 x 56^2 f32, one thread, milliseconds:
//
//                                   one by one   here   memcpy of as many bytes
//   maximum, 7x7, stride 7                 2.8   0.67   0.45
//   gradient of a mean, 2x2, stride 2      3.8   0.95   0.55
//   gradient of a mean, 3x3, stride 2      8.2   0.89   0.55
//   gradient of a mean, 7x7, stride 7       31   0.55   0.45

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/window/PoolFold.h"
#include "codegen/cpu/window/PoolPictures.h"
#include "codegen/cpu/window/WindowColumns.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

class PoolColumns {
 public:
  PoolColumns(KernelFrame &f, mlir::Operation *op, const PoolPictures &pictures)
      : f(f),
        op(op),
        pictures(pictures),
        fold(f, op),
        columns(f, ir::toDType(mlir::getElementTypeOrSelf(op->getOperand(0).getType())), pictures.axes[2]) {}

  bool emit() {
    if (!columns.fits()) return false;
    const auto &axes = pictures.axes;
    size = f.extents.of(op->getOperand(0));
    f.extents.of(op->getResult(0));
    x = f.operands[llvm::cast<mlir::BlockArgument>(op->getOperand(0)).getArgNumber()];
    int64_t work = axes[2].result;
    for (const WindowAxis &axis : axes) work *= quotientUp(axis.window, axis.period());
    Value images = f.extents.product(llvm::ArrayRef(size).take_front(pictures.outer));
    f.setTrips(f.mul(images, f.constant(axes[0].result * axes[1].result)), work);
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      auto [planes, h] = f.split(trip, axes[1].result);
      auto [image, plane] = f.split(planes, axes[0].result);
      const Row row{image, plane, h, WindowTaps(f, axes[0], plane), WindowTaps(f, axes[1], h)};
      auto isInside = [&](int64_t start) { return columns.isInside(start); };
      columns.overBlocks(columns.count(), isInside, {}, [&](const Block &block, mlir::ValueRange) {
        keep(row, block, inTurn(folded(row, block)));
        return Values();
      });
    });
    return true;
  }

 private:
  using Block = WindowColumns::Block;

  KernelFrame &f;
  mlir::Operation *op;
  const PoolPictures &pictures;
  PoolFold fold;
  WindowColumns columns;
  Extents size;
  Value x;

  struct Row {
    Value image, plane, h;
    WindowTaps planes, rows;
  };

  /// A vector for each phase.
  Values folded(const Row &row, const Block &block) {
    const Values states(columns.phases().size(), fold.start(kLanes));
    return f.loop(row.planes.begin, row.planes.end, 1, states, [&](Value jd, mlir::ValueRange outer) {
      return f.loop(row.rows.begin, row.rows.end, 1, outer, [&](Value jh, mlir::ValueRange carried) {
        Value line = lineAt(f, pictures.axes, row.image, row.planes.element(f, jd), row.rows.element(f, jh),
                            &WindowAxis::extent);
        WindowColumns::Row elements(columns, block, x, f.mul(line, f.constant(pictures.axes[2].extent)));
        Values next = llvm::to_vector_of<Value>(carried);
        for (auto [state, phase] : llvm::zip(next, columns.phases()))
          for (int64_t tap = 0; tap < phase.taps; ++tap) {
            const Lanes met = columns.met(block, phase, tap);
            if (met.count() == 0) continue;
            Value with = fold.with(state, elements.at(phase, tap));
            state = met.count() == kLanes
                        ? with
                        : arith::SelectOp::create(f.b, f.at, met.mask(f, kLanes), with, state).getResult();
          }
        return next;
      });
    });
  }

  /// Results of all phases as they follow each other.
  Values inTurn(const Values &phases) {
    const auto period = static_cast<int64_t>(phases.size());
    Values results;
    for (int64_t v = 0; v < period; ++v)
      results.push_back(pickLanes(f, phases, [&](int64_t i) {
        const int64_t result = v * kLanes + i;
        return result % period * kLanes + result / period;
      }));
    return results;
  }

  void keep(const Row &row, const Block &block, const Values &results) {
    Index index;
    Value image = row.image;
    for (int64_t axis = pictures.outer; axis-- > 0;) {
      index.insert(index.begin(),
                   {axis ? arith::RemUIOp::create(f.b, f.at, image, size[axis]).getResult() : image, 0, {}});
      if (axis) image = arith::DivUIOp::create(f.b, f.at, image, size[axis]);
    }
    const Index place{{row.plane, 0, {}}, {row.h, 0, {}}, {Value(), 1, {}}};
    index.append(place.end() - (pictures.rank - pictures.outer), place.end());
    const auto period = static_cast<int64_t>(results.size());
    for (int64_t v = 0; v < period; ++v) {
      int64_t count = kLanes;
      if (block.at) count = std::min(kLanes, pictures.axes[2].result - (*block.at * period + v * kLanes));
      if (count <= 0) continue;
      index.back().base = f.add(f.mul(block.start, f.constant(period)), f.constant(v * kLanes));
      f.storeResults(op->getResult(0), fold.finished(results[v]), index, kLanes,
                     count < kLanes ? f.laneMask(f.constant(count)) : Value());
    }
  }
};

}  // namespace

bool emitPoolColumns(KernelFrame &f, mlir::Operation *op) {
  auto pictures = PoolPictures::of(op);
  return pictures && PoolColumns(f, op, *pictures).emit();
}

}  // namespace etch::codegen
