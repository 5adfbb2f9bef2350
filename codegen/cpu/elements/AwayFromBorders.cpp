// Kernels that read pads and concatenations: most of their elements are away from every border, and need not look.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include "codegen/cpu/elements/Elements.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Location;
using mlir::Value;

namespace {

/// Rows of fewer vectors have too few of them away from their ends for another copy of the code (docs/decisions/0085).
/// 1, 6: .99, .91.
constexpr int64_t kFewestVectors = 3;

bool hasBorders(Value tensor) {
  mlir::Operation *op = tensor.getDefiningOp();
  if (!op) return false;
  return llvm::any_of(*op->getBlock(),
                      [](mlir::Operation &other) { return llvm::isa<ir::PadOp, ir::ConcatenateOp>(other); });
}

}  // namespace

/// May what is being emitted count on `position` being in [low, high)? Notes so if it may.
bool ElementEmitter::assumeWithin(const AxisIndex &position, int64_t low, int64_t high) {
  if (!bounds || position.perLane || position.step > 1 || position.step < 0) return false;
  auto known = sums.find(position.base);
  auto [from, offset] = known == sums.end() ? std::pair(position.base, int64_t{0}) : known->second;
  auto found = bounds->find(from);
  if (found == bounds->end()) return false;
  const int64_t first = std::max(found->second.first, low - offset);
  const int64_t end = std::min(found->second.second, high - offset - (position.step ? lanes - 1 : 0));
  if (end - first < (position.step ? (kFewestVectors - 1) * lanes : 1)) return false;
  found->second = {first, end};
  return true;
}

/// True where each position is within its bounds.
Value ElementEmitter::boundsHold(Location at, const Bounds &all) {
  Value hold;
  for (auto [position, range] : all) {
    // One comparison for both: positions below the first wrap round.
    Value distance = arith::SubIOp::create(b, at, position, extents.constant(range.first));
    Value within =
        arith::CmpIOp::create(b, at, arith::CmpIPredicate::ult, distance, extents.constant(range.second - range.first));
    hold = hold ? arith::AndIOp::create(b, at, hold, within).getResult() : within;
  }
  return hold;
}

llvm::SmallVector<Value> ElementEmitter::atAll(llvm::ArrayRef<Value> tensors, const Index &index) {
  auto plain = [&] { return llvm::map_to_vector(tensors, [&](Value tensor) { return at(tensor, index); }); };
  if (!lanes || flat || bounds || tensors.empty() || !hasBorders(tensors[0])) return plain();

  constexpr int64_t kUnknown = int64_t{1} << 62;
  Bounds found;
  for (const AxisIndex &position : index)
    if (!position.perLane && !constantOf(position.base)) found[position.base] = {-kUnknown, kUnknown};

  Location loc = tensors[0].getLoc();
  Value unknown = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
  auto draft = mlir::scf::IfOp::create(b, loc, unknown, /*withElseRegion=*/true);
  auto emitIn = [&](mlir::Block *block) {
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(block);
    extents.forget();
    auto outside = emitted;
    auto loadedOutside = loadedBefore;
    auto sumsOutside = sums;
    const size_t indices = interned.size();
    llvm::SmallVector<Value> values = plain();
    emitted = std::move(outside);
    loadedBefore = std::move(loadedOutside);
    sums = std::move(sumsOutside);
    interned.truncate(indices);
    extents.forget();
    return values;
  };
  bounds = &found;
  llvm::SmallVector<Value> away = emitIn(draft.thenBlock());
  bounds = nullptr;
  found.remove_if([&](auto &each) { return each.second.first == -kUnknown && each.second.second == kUnknown; });
  if (found.empty()) {
    draft.erase();
    return plain();
  }
  llvm::SmallVector<Value> anywhere = emitIn(draft.elseBlock());
  // Of one type: a vector where either is.
  auto yield = [&](mlir::Block *block, llvm::MutableArrayRef<Value> values, llvm::ArrayRef<Value> others) {
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(block->getTerminator());
    for (auto [value, other] : llvm::zip_equal(values, others))
      if (llvm::isa<mlir::VectorType>(other.getType())) value = splat(loc, value);
    block->getTerminator()->setOperands(values);
  };
  yield(draft.thenBlock(), away, anywhere);
  yield(draft.elseBlock(), anywhere, away);
  auto both = mlir::scf::IfOp::create(b, loc, mlir::ValueRange(away).getTypes(), boundsHold(loc, found),
                                      /*withElseRegion=*/true);
  both.getThenRegion().takeBody(draft.getThenRegion());
  both.getElseRegion().takeBody(draft.getElseRegion());
  draft.erase();
  extents.forget();
  for (auto [tensor, value] : llvm::zip_equal(tensors, both.getResults())) emitted[{tensor, intern(index)}] = value;
  return llvm::to_vector_of<Value>(both.getResults());
}

}  // namespace etch::codegen
