#include "codegen/cpu/gemm/GemmPlan.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Bytes after which addresses fall into the same set of the L1 cache: what one of its ways holds.
constexpr int64_t kWay = 4096;

class Planner {
 public:
  Planner(GemmEmitter &e, const GemmOperands &g) : e(e), t(e.tiles), g(g) {}

  GemmPlan plan() {
    // At least one pass, so that an empty sum is stored as 0; passes of equal length.
    p.steps = t.arePairs() ? e.quotientUp(g.k, t.group) : g.k;
    p.passes = e.maximum(e.quotientUp(p.steps, t.depth), e.constant(1));
    p.perPass = e.quotientUp(p.steps, p.passes);
    // Whole panels that fill the packed block, be it deep or wide.
    p.fitting = e.mul(mlir::arith::DivUIOp::create(e.b, e.at, e.constant(t.columns * t.depth / t.width()),
                                                   e.maximum(p.perPass, e.constant(t.leastDepth))),
                      t.width());
    p.leftRow = t.arePairs() ? e.div(g.leftRow, t.group) : g.leftRow;
    p.copiesLeft = p.packsFirst = p.isInPanels = p.takesScratch = decided(true);
    p.isLeftMade = p.isLaidOut = p.packsOnTheWay = p.isColumn = decided(false);
    // Stores that reach into two cache lines want both in L1.
    Value isUneven = e.negate(e.equal(e.rem(g.outRow, t.lanes), 0));
    p.isResultLarge = e.either(isUneven, e.less(e.constant(t.smallResult), g.results));
    if (t.arePairs())
      decideOnPairs();
    else if (!t.isNarrow())  // what is copied is widened
      decide();
    decideOnDepth();
    return p;
  }

 private:
  GemmEmitter &e;
  const GemmTiles &t;
  const GemmOperands &g;
  GemmPlan p;

  Value decided(bool always) { return mlir::arith::ConstantOp::create(e.b, e.at, e.b.getBoolAttr(always)); }

  void decide() {
    p.isLaidOut = e.equal(g.rightDepth, 0);
    p.isLeftMade = e.isGiven(g.leftMaker);
    auto pays = [&](GemmTiles::Packing least) {
      return e.both(e.less(e.constant(least.elements), e.mul(g.k, g.n)), e.less(e.constant(least.rows - 1), g.m));
    };
    Value isLong = e.less(e.constant(t.longRow - 1), g.rightDepth);
    Value areColumns = e.equal(g.rightColumn, 1);
    Value isForgotten = e.both(e.hasSmallL1(t.smallL1Pages), pays(t.packRightSmallL1));
    Value paysOften = e.either(pays(t.packRight), e.both(isLong, pays(t.packRightLongRows)));
    p.isInPanels = e.either(e.negate(areColumns), e.either(paysOften, isForgotten));
    p.packsFirst = e.both(e.negate(areColumns), e.negate(p.isLaidOut));
    p.packsOnTheWay = e.both(areColumns, p.isInPanels);
    p.takesScratch = e.either(p.packsFirst, p.packsOnTheWay);
    packFewPanels(e.both(e.equal(g.leftDepth, 1), e.negate(p.isLeftMade)));
    Value ofRows = columnsToCopyRows(e.negate(p.packsOnTheWay));
    Value ofTurned = e.select(e.hasSmallL1(t.smallL1Pages), e.constant(t.copyTurnedLeftColumnsSmallL1 - 1),
                              e.constant(t.copyTurnedLeftColumns - 1));
    Value leastColumns = e.select(e.equal(g.leftDepth, 1), ofRows, ofTurned);
    p.copiesLeft = e.either(p.isLeftMade, e.less(leastColumns, e.minimum(p.fitting, g.n)));
    p.isColumn = e.both(e.negate(e.either(p.copiesLeft, p.packsOnTheWay)), hasOnePanel());
  }

  /// Pairs are always read from panels, and in place from rows that hold whole ones.
  void decideOnPairs() {
    p.isLaidOut = e.equal(g.rightDepth, 0);
    p.packsFirst = e.negate(p.isLaidOut);
    Value areWhole = e.both(e.equal(e.rem(g.leftRow, t.group), 0), e.equal(e.rem(g.k, t.group), 0));
    Value areRows = e.both(e.equal(g.leftDepth, 1), areWhole);
    packFewPanels(areRows);
    p.copiesLeft = e.either(e.negate(areRows), e.less(columnsToCopyRows(decided(true)), e.minimum(p.fitting, g.n)));
    p.isColumn = e.both(e.negate(p.copiesLeft), hasOnePanel());
  }

  /// A small depth: columns that are neighbours are read in place, where those of pairs or others that are widened are
  /// not.
  void decideOnDepth() {
    Value isInRows = e.both(e.equal(g.rightColumn, 1), e.negate(p.isLaidOut));
    p.isShallow = e.both(e.less(e.constant(0), p.steps), e.less(p.steps, e.constant(t.shallowDepth + 1)));
    if (t.arePairs()) p.isShallow = e.both(p.isShallow, e.both(e.equal(g.leftDepth, 1), e.less(e.constant(1), g.k)));
    if (t.isNarrow()) return;
    p.isShallow = e.both(p.isShallow, e.negate(p.isLeftMade));
    p.packsOnTheWay = e.both(p.packsOnTheWay, e.negate(p.isShallow));
    p.isInPanels = e.both(p.isInPanels, e.negate(e.both(isInRows, p.isShallow)));
  }

  /// Panels that few rows share stay in L1 and L2 while they are packed and read: fewer of them at a time.
  void packFewPanels(Value readsRows) {
    Value isLow = e.both(p.packsFirst, e.less(g.m, e.constant(t.lowRows + 1)));
    Value lowColumns = e.minimum(p.fitting, e.constant(t.lowPanels * t.width()));
    p.fitting = e.select(e.both(isLow, readsRows), lowColumns, p.fitting);
  }

  Value hasOnePanel() { return e.less(g.n, e.constant(t.width() + 1)); }

  /// Rows are copied for more columns than these.
  Value columnsToCopyRows(Value halvesCrowd) {
    return e.select(areCrowded(halvesCrowd), e.constant(t.copyFarLeftColumns - 1), e.constant(t.copyLeftColumns - 1));
  }

  /// Whether rows of the left operand fall into so few sets of the L1 cache that those of a tile leave no room for what
  /// passes by: all into one, or half of them (`halvesCrowd`) where a set has not two lines more (14 rows, 8 ways;
  /// docs/decisions/0093). A right operand that is packed on the way passes by in all sets, and copies would cost more
  /// than they gain (512x300x512: 2 %).
  Value areCrowded(Value halvesCrowd) {
    Value isSmall = e.both(halvesCrowd, e.hasSmallL1(t.heights[0] / 2 + 2));
    Value apart = e.mul(g.leftRow, static_cast<int64_t>(size_of(t.dtype)));
    return e.either(e.equal(e.rem(apart, kWay), 0), e.both(isSmall, e.equal(e.rem(apart, kWay / 2), 0)));
  }
};

}  // namespace

GemmPlan planGemm(GemmEmitter &e, const GemmOperands &g) { return Planner(e, g).plan(); }

}  // namespace etch::codegen
