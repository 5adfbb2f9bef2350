#include "passes/buffer/Moments.h"

#include <algorithm>

#include "ir/dialect/EtchDialect.h"
#include "passes/buffer/Placement.h"

namespace etch::passes {

Moment later(Moment a, Moment b) {
  if (isBefore(a, b)) return b;
  if (isBefore(b, a) || a.strand == b.strand) return a;
  // Side by side: when their section is over.
  const int64_t end = std::max(a.latest, b.latest);
  return {end, -1, end, end};
}

Moments::Moments(mlir::func::FuncOp function) : function(function) {
  numberOps();
  numberSections();
}

void Moments::numberOps() {
  int64_t next = 0;
  function.walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation *op) { first[op] = next++; });
  function.walk<mlir::WalkOrder::PostOrder>([&](mlir::Operation *op) {
    int64_t end = first[op];
    for (mlir::Region &region : op->getRegions())
      for (mlir::Block &block : region)
        for (mlir::Operation &inner : block) end = std::max(end, last[&inner]);
    last[op] = end;
  });
}

void Moments::numberSections() {
  function.walk([&](mlir::Operation *op) {
    auto strand = op->getAttrOfType<mlir::DenseI64ArrayAttr>(kStrand);
    if (!strand) return;
    const auto number = static_cast<size_t>(strand[0]);
    if (sections.size() <= number) sections.resize(number + 1);
    Section &section = sections[number];
    section.earliest = section.earliest < 0 ? first[op] : std::min(section.earliest, first[op]);
    section.latest = std::max(section.latest, last[op]);
  });
}

Moment Moments::momentOf(mlir::Operation *op, int64_t number) const {
  for (mlir::Operation *each = op; each != function; each = each->getParentOp())
    if (auto strand = each->getAttrOfType<mlir::DenseI64ArrayAttr>(kStrand)) {
      const Section section = sections[static_cast<size_t>(strand[0])];
      return {number, strand[0] << 32 | strand[1], section.earliest, section.latest};
    }
  return {number, -1, number, number};
}

Moment Moments::endOfSection(mlir::Operation *op) const {
  const Moment done = end(op);
  return done.strand < 0 ? done : Moment{done.latest, -1, done.latest, done.latest};
}

Moment Moments::lastUse(mlir::Value value) const {
  mlir::Operation *made = value.getDefiningOp();
  return later(made ? begin(made) : Moment{-1, -1, -1, -1}, lastUseInBlock(value, *value.getParentBlock()));
}

Moment Moments::lastUseInBlock(mlir::Value view, mlir::Block &block) const {
  Moment done{-1, -1, -1, -1};
  for (mlir::Operation *user : view.getUsers()) {
    done = later(done, end(block.findAncestorOpInBlock(*user)));
    if (llvm::isa<ir::ReshapeOp>(user)) done = later(done, lastUseInBlock(user->getResult(0), block));
    // Behind a section the entry computes once more where a slice lies.
    auto store = llvm::dyn_cast<ir::StoreSliceOp>(user);
    if (store && store.getIndex() == view) done = later(done, endOfSection(store));
  }
  return done;
}

}  // namespace etch::passes
