// Tensors that are put together only to be taken apart again.
//
// A simulation keeps its state in one tensor: a step reads s[0], s[1], ..., and returns stack({...}). Each of these
// moves ends a kernel, since elements come from other places than they go to. Parts that stay apart are elementwise on
// one index (docs/decisions/0084-parts.md).

#include "llvm/ADT/SetVector.h"

#include "ir/dialect/EraseDead.h"
#include "ir/dialect/Traits.h"
#include "passes/Passes.h"
#include "passes/loop/Division.h"
#include "passes/loop/Loops.h"

namespace etch::passes {

#define GEN_PASS_DEF_SPLITPARTS
#include "passes/Passes.h.inc"

namespace {

using autodiff::Builder;
using ir::typeOf;
using mlir::Value;

/// A concatenation in every iteration must do away with so many slices of what is computed.
constexpr size_t kSlicesForOneWhole = 2;

/// Loops around a block.
int64_t depthOf(mlir::Block *block) {
  int64_t depth = 0;
  for (mlir::Operation *op = block->getParentOp(); op; op = op->getParentOp())
    depth += llvm::isa<ir::ForOp, ir::WhileOp>(op);
  return depth;
}

/// All that is computed element by element from concatenations of one division, and what loops carry of it.
class Divided {
 public:
  Divided(ir::ConcatenateOp seed, Division division) : division(std::move(division)) {
    add(seed);
    for (size_t i = 0; i < values.size(); ++i)
      for (mlir::OpOperand &use : values[i].getUses()) {
        if (isElementwise(use.getOwner())) addMember(use.getOwner());
        if (ir::ForOp loop = carrierOf(use)) addLoop(loop, use.getOperandNumber());
      }
    leaveOut();
  }

  const llvm::SetVector<Value> &all() const { return values; }

  /// Where it is sliced most often, in the innermost loops, fewer values have to be put together.
  bool isWorthIt() const {
    llvm::SmallVector<int64_t> sliced, whole;
    for (Value value : values) {
      const int64_t depth = depthOf(value.getParentBlock());
      const bool isConcatenated = static_cast<bool>(concatenationOf(value));
      if (!isConcatenated && llvm::any_of(value.getUses(), [&](mlir::OpOperand &use) { return isSlice(use); }))
        sliced.push_back(depth);
      if (!isConcatenated && llvm::any_of(value.getUses(), [&](mlir::OpOperand &use) { return isWhole(use); }))
        whole.push_back(depth);
    }
    if (sliced.empty()) return false;
    const int64_t inner = *llvm::max_element(sliced);
    const size_t wholes = llvm::count_if(whole, [&](int64_t depth) { return depth >= inner; });
    return static_cast<size_t>(llvm::count(sliced, inner)) >= kSlicesForOneWhole * wholes;
  }

  void rewrite() {
    llvm::SmallVector<mlir::Operation *> inOrder;
    mlir::Operation *root = values.front().getDefiningOp()->getParentWithTrait<mlir::OpTrait::IsIsolatedFromAbove>();
    root->walk([&](mlir::Operation *op) {
      if (members.contains(op)) inOrder.push_back(op);
    });
    for (Value value : values)
      if (ir::ConcatenateOp op = concatenationOf(value)) parts[value] = llvm::to_vector(op.getInputs());
    for (Carried &its : carried) splitCarried(its);
    for (const Carried &its : carried) nameCarried(its);
    for (mlir::Operation *op : inOrder) splitMember(op);
    for (const Carried &its : carried) yieldParts(its);
    for (const auto &[value, its] : parts) replaceUses(value, its);
    for (mlir::Operation *op : inOrder) op->dropAllReferences();
    // Later positions first: the others keep their numbers.
    llvm::sort(carried, [](const Carried &x, const Carried &y) { return x.position > y.position; });
    for (const Carried &its : carried) dropCarried(its.loop(), its.position);
    for (mlir::Operation *op : inOrder) op->erase();
  }

 private:
  using Parts = llvm::SmallVector<Value>;

  /// What a loop carries. The loop is known by its body, which stays when the loop gets more results.
  struct Carried {
    mlir::Block *body;
    unsigned position;
    unsigned firstPart = 0;

    ir::ForOp loop() const { return llvm::cast<ir::ForOp>(body->getParentOp()); }
    mlir::BlockArgument argument() const { return body->getArgument(1 + position); }
    Value result() const { return loop().getResult(position); }
  };

  Division division;
  llvm::SetVector<Value> values;
  llvm::SetVector<mlir::Operation *> members;
  llvm::SmallVector<Carried> carried;
  llvm::MapVector<Value, Parts> parts;
  llvm::DenseMap<std::pair<Value, mlir::Block *>, Parts> leaves;

  //===-- What belongs to it ---------------------------------------------------------------------------------===//

  bool isElementwise(mlir::Operation *op) const {
    return op->hasTrait<ir::ElementwiseOp>() && op->getNumResults() == 1 && division.fits(op->getResult(0)) &&
           llvm::all_of(op->getOperands(),
                        [&](Value operand) { return division.fits(operand) || typeOf(operand).getRank() == 0; });
  }

  ir::ConcatenateOp concatenationOf(Value value) const {
    auto op = value.getDefiningOp<ir::ConcatenateOp>();
    return op && Division::of(op) == division ? op : nullptr;
  }

  /// The loop that carries on what is used.
  static ir::ForOp carrierOf(mlir::OpOperand &use) {
    return llvm::isa<ir::YieldOp>(use.getOwner()) ? llvm::dyn_cast<ir::ForOp>(use.getOwner()->getParentOp())
                                                  : ir::ForOp();
  }

  void add(Value value) { values.insert(value); }

  void addMember(mlir::Operation *op) {
    llvm::SmallVector<mlir::Operation *> pending{op};
    while (!pending.empty()) {
      mlir::Operation *member = pending.pop_back_val();
      if (!members.insert(member)) continue;
      add(member->getResult(0));
      for (Value operand : member->getOperands()) {
        if (concatenationOf(operand)) add(operand);
        if (mlir::Operation *made = operand.getDefiningOp(); made && isElementwise(made)) pending.push_back(made);
      }
    }
  }

  void addLoop(ir::ForOp loop, unsigned position) {
    mlir::Block *body = &loop.getBody().front();
    if (llvm::any_of(carried, [&](const Carried &c) { return c.body == body && c.position == position; })) return;
    carried.push_back({body, position});
    add(carried.back().argument());
    add(carried.back().result());
  }

  bool isSlice(mlir::OpOperand &use) const {
    auto slice = llvm::dyn_cast<ir::SliceOp>(use.getOwner());
    return slice && division.partOf(slice);
  }
  bool isInit(mlir::OpOperand &use) const {
    return llvm::any_of(carried, [&](const Carried &its) {
      return its.loop() == use.getOwner() && &its.loop().getInitsMutable()[its.position] == &use;
    });
  }
  /// Is the value needed in one piece?
  bool isWhole(mlir::OpOperand &use) const {
    return !members.contains(use.getOwner()) && !isSlice(use) && !carrierOf(use) && !isInit(use);
  }

  /// What no concatenation goes into is better read in slices than divided, if it is in memory for others anyway.
  void leaveOut() {
    llvm::DenseSet<Value> divided;
    for (Value value : values)
      if (!value.getDefiningOp() || !members.contains(value.getDefiningOp())) divided.insert(value);
    for (bool changed = true; changed;) {
      changed = false;
      for (mlir::Operation *op : members)
        if (llvm::any_of(op->getOperands(), [&](Value operand) { return divided.contains(operand); }))
          changed |= divided.insert(op->getResult(0)).second;
    }
    auto isLeftOut = [&](mlir::Operation *op) {
      return !divided.contains(op->getResult(0)) &&
             llvm::any_of(op->getUses(), [&](mlir::OpOperand &use) { return isWhole(use); });
    };
    for (auto op = llvm::find_if(members, isLeftOut); op != members.end(); op = llvm::find_if(members, isLeftOut)) {
      values.remove((*op)->getResult(0));
      members.remove(*op);
    }
  }

  //===-- Rewriting it ---------------------------------------------------------------------------------------===//

  /// The parts of a value that nothing divides, for `user`.
  const Parts &leafParts(Value value, mlir::Operation *user) {
    Parts &its = leaves[{value, user->getBlock()}];
    if (!its.empty()) return its;
    Builder b(user->getLoc(), user);
    mlir::SplatElementsAttr splat = ir::splatOf(value);
    for (size_t part = 0; part < division.parts(); ++part) {
      mlir::RankedTensorType type = typeOf(value).clone(division.shapeOf(part));
      const int64_t from = division.bounds[part], to = division.bounds[part + 1];
      its.push_back(splat ? ir::ConstantOp::create(b, type, splat.resizeSplat(type)).getResult()
                          : autodiff::sliceAxis(b, value, division.axis, from, to));
    }
    return its;
  }

  Value partOf(Value value, size_t part, mlir::Operation *user) {
    if (typeOf(value).getRank() == 0) return value;
    auto known = parts.find(value);
    return known != parts.end() ? known->second[part] : leafParts(value, user)[part];
  }

  void splitCarried(Carried &its) {
    ir::ForOp loop = its.loop();
    its.firstPart = loop.getInits().size();
    Parts inits;
    for (size_t part = 0; part < division.parts(); ++part)
      inits.push_back(partOf(loop.getInits()[its.position], part, loop));
    for (Value init : inits) loop = addCarried(loop, init);
  }

  void nameCarried(const Carried &its) {
    Parts arguments, results;
    for (size_t part = 0; part < division.parts(); ++part) {
      arguments.push_back(its.body->getArgument(1 + its.firstPart + part));
      results.push_back(its.loop().getResult(its.firstPart + part));
    }
    parts[its.argument()] = arguments;
    parts[its.result()] = results;
  }

  void splitMember(mlir::Operation *op) {
    mlir::OpBuilder b(op);
    Parts its;
    for (size_t part = 0; part < division.parts(); ++part) {
      llvm::SmallVector<Value> operands;
      for (Value operand : op->getOperands()) operands.push_back(partOf(operand, part, op));
      mlir::RankedTensorType type = typeOf(op->getResult(0)).clone(division.shapeOf(part));
      its.push_back(
          b.create(mlir::OperationState(op->getLoc(), op->getName(), operands, type, op->getAttrs()))->getResult(0));
    }
    parts[op->getResult(0)] = its;
  }

  /// The loop goes on with parts; the whole tensor, which stays as it is, is dropped afterwards.
  void yieldParts(const Carried &its) {
    mlir::Operation *yield = its.body->getTerminator();
    for (size_t part = 0; part < division.parts(); ++part)
      yield->setOperand(its.firstPart + part, partOf(yield->getOperand(its.position), part, yield));
    yield->setOperand(its.position, its.argument());
  }

  void replaceUses(Value value, const Parts &its) {
    llvm::SmallVector<mlir::OpOperand *> uses;
    for (mlir::OpOperand &use : value.getUses()) uses.push_back(&use);
    ir::ConcatenateOp concatenated = concatenationOf(value);
    Value whole = concatenated ? concatenated.getResult() : Value();
    for (mlir::OpOperand *use : uses) {
      if (isSlice(*use)) {
        replaceSlice(llvm::cast<ir::SliceOp>(use->getOwner()), its);
      } else if (isWhole(*use)) {
        if (!whole) {
          Builder b(value.getLoc(), value.getContext());
          b.setInsertionPointAfterValue(value);
          whole = autodiff::concatenate(b, its, division.axis);
        }
        use->set(whole);
      }
    }
  }

  void replaceSlice(ir::SliceOp slice, llvm::ArrayRef<Value> its) {
    const size_t number = *division.partOf(slice);
    Value part = its[number];
    if (part.getType() != slice.getType()) {
      llvm::SmallVector<int64_t> starts(slice.getStarts()), limits(slice.getLimits());
      starts[division.axis] -= division.bounds[number];
      limits[division.axis] -= division.bounds[number];
      Builder b(slice.getLoc(), slice);
      part = ir::SliceOp::create(b, slice.getType(), part, starts, limits, slice.getStrides());
    }
    slice.replaceAllUsesWith(part);
    slice.erase();
  }
};

struct SplitParts : impl::SplitPartsBase<SplitParts> {
  void runOnOperation() override {
    llvm::SmallVector<ir::ConcatenateOp> seeds;
    getOperation().walk([&](ir::ConcatenateOp op) { seeds.push_back(op); });
    llvm::DenseSet<Value> seen;
    for (ir::ConcatenateOp seed : seeds) {
      std::optional<Division> division = Division::of(seed);
      if (!division || seen.contains(seed)) continue;
      Divided divided(seed, *division);
      seen.insert(divided.all().begin(), divided.all().end());
      if (divided.isWorthIt()) divided.rewrite();
    }
    ir::eraseDead(getOperation());
  }
};

}  // namespace
}  // namespace etch::passes
