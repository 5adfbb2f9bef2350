// Tensors that are put together only to be taken apart again.
//
// A simulation keeps its state in one tensor: a step reads s[0], s[1], ..., and returns stack({...}). Each of these
// moves ends a kernel, since elements come from other places than they go to. Parts that stay apart are elementwise on
// one index (docs/decisions/0084-parts.md).

#include "ir/dialect/EraseDead.h"
#include "ir/dialect/Traits.h"
#include "passes/Passes.h"
#include "passes/loop/DividedValues.h"
#include "passes/loop/Division.h"

namespace etch::passes {

#define GEN_PASS_DEF_SPLITPARTS
#include "passes/Passes.h.inc"

namespace {

using autodiff::Builder;
using ir::typeOf;
using mlir::Value;

/// A concatenation in every iteration must do away with so many slices of what is computed.
constexpr size_t kSlicesForOneWhole = 2;

/// All that is computed element by element from concatenations of one division, and what loops carry of it.
class Divided : public DividedValues {
 public:
  Divided(ir::ConcatenateOp seed, const Division &division) : DividedValues(division.parts()), division(division) {
    values.insert(seed);
    for (size_t i = 0; i < values.size(); ++i)
      for (mlir::OpOperand &use : values[i].getUses()) {
        if (isElementwise(use.getOwner())) addMember(use.getOwner());
        if (ir::ForOp loop = carrierOf(use)) addLoop(loop, use.getOperandNumber());
      }
    leaveOut();
  }

  /// Where it is sliced most often, in the innermost loops, fewer values have to be put together.
  bool isWorthIt() const {
    llvm::SmallVector<int64_t> sliced, whole;
    for (Value value : values) {
      const int64_t depth = depthOf(value.getParentBlock());
      if (concatenationOf(value)) continue;
      if (llvm::any_of(value.getUses(), [&](mlir::OpOperand &use) { return readsPart(use); })) sliced.push_back(depth);
      if (isWholeAnywhere(value)) whole.push_back(depth);
    }
    if (sliced.empty()) return false;
    const int64_t inner = *llvm::max_element(sliced);
    const size_t wholes = llvm::count_if(whole, [&](int64_t depth) { return depth >= inner; });
    return static_cast<size_t>(llvm::count(sliced, inner)) >= kSlicesForOneWhole * wholes;
  }

  void split() {
    for (Value value : values)
      if (ir::ConcatenateOp op = concatenationOf(value)) parts[value] = llvm::to_vector(op.getInputs());
    rewrite();
  }

 private:
  Division division;

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

  void addMember(mlir::Operation *op) {
    llvm::SmallVector<mlir::Operation *> pending{op};
    while (!pending.empty()) {
      mlir::Operation *member = pending.pop_back_val();
      if (!members.insert(member)) continue;
      values.insert(member->getResult(0));
      for (Value operand : member->getOperands()) {
        if (concatenationOf(operand)) values.insert(operand);
        if (mlir::Operation *made = operand.getDefiningOp(); made && isElementwise(made)) pending.push_back(made);
      }
    }
  }

  /// What no concatenation goes into is better read in slices than divided, if it is in memory for others anyway.
  void leaveOut() {
    llvm::DenseSet<Value> divided;
    llvm::SmallVector<Value> reached;
    for (Value value : values)
      if (!value.getDefiningOp() || !members.contains(value.getDefiningOp())) reached.push_back(value);
    while (!reached.empty()) {
      Value value = reached.pop_back_val();
      if (!divided.insert(value).second) continue;
      for (mlir::Operation *user : value.getUsers())
        if (members.contains(user)) reached.push_back(user->getResult(0));
    }
    llvm::SmallVector<mlir::Operation *> pending(members.begin(), members.end());
    llvm::DenseSet<Value> left;
    while (!pending.empty()) {
      mlir::Operation *op = pending.pop_back_val();
      Value result = op->getResult(0);
      if (!members.contains(op) || divided.contains(result) || !isWholeAnywhere(result)) continue;
      members.remove(op);
      left.insert(result);
      for (Value operand : op->getOperands())
        if (operand.getDefiningOp()) pending.push_back(operand.getDefiningOp());
    }
    values.remove_if([&](Value value) { return left.contains(value); });
  }

  //===-- Rewriting it ---------------------------------------------------------------------------------------===//

  Value leafPart(Builder &b, Value value, size_t part) override {
    mlir::RankedTensorType type = typeOf(value).clone(division.shapeOf(part));
    if (mlir::SplatElementsAttr splat = ir::splatOf(value))
      return ir::ConstantOp::create(b, type, splat.resizeSplat(type));
    return autodiff::sliceAxis(b, value, division.axis, division.bounds[part], division.bounds[part + 1]);
  }

  void splitMember(mlir::Operation *op) override {
    mlir::OpBuilder b(op);
    Parts its;
    for (size_t part = 0; part < count; ++part) {
      llvm::SmallVector<Value> operands;
      for (Value operand : op->getOperands()) operands.push_back(partOf(operand, part, op));
      mlir::RankedTensorType type = typeOf(op->getResult(0)).clone(division.shapeOf(part));
      its.push_back(
          b.create(mlir::OperationState(op->getLoc(), op->getName(), operands, type, op->getAttrs()))->getResult(0));
    }
    parts[op->getResult(0)] = its;
  }

  bool readsPart(mlir::OpOperand &use) const override {
    auto slice = llvm::dyn_cast<ir::SliceOp>(use.getOwner());
    return slice && division.partOf(slice);
  }

  Value wholeOf(Builder &b, Value value, const Parts &its) override {
    if (ir::ConcatenateOp op = concatenationOf(value)) return op;
    return autodiff::concatenate(b, its, division.axis);
  }

  void replaceRead(mlir::OpOperand &use, const Parts &its) override {
    auto slice = llvm::cast<ir::SliceOp>(use.getOwner());
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
      seen.insert(divided.allValues().begin(), divided.allValues().end());
      if (divided.isWorthIt()) divided.split();
    }
    ir::eraseDead(getOperation());
  }
};

}  // namespace
}  // namespace etch::passes
