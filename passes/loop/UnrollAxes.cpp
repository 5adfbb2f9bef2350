// The axis of points in space: x, y and z apart.
//
// A distance is a sum over the axis of the coordinates, and what is computed from it meets the coordinates again. In
// one tensor these are two passes over memory, since the sum must be complete before the next pass begins; with the
// coordinates apart it is complete for each element at once (docs/decisions/0100-coordinates.md).

#include "llvm/ADT/Sequence.h"

#include "ir/dialect/EraseDead.h"
#include "ir/dialect/Traits.h"
#include "passes/Passes.h"
#include "passes/fusion/Grouping.h"
#include "passes/loop/DividedValues.h"

namespace etch::passes {

#define GEN_PASS_DEF_UNROLLAXES
#include "passes/Passes.h.inc"

namespace {

using autodiff::Builder;
using ir::typeOf;
using mlir::Value;
using Axes = llvm::SmallVector<int64_t>;

/// Extents of an axis that is unrolled: coordinates, quaternions.
constexpr int64_t kMostCoordinates = 4;
/// What has so many times fewer elements than what is summed is put together again at no cost.
constexpr int64_t kTimesSmaller = 4;
/// Ops that are looked at on the way from a sum back to what it sums.
constexpr size_t kMostOpsBetween = 64;
/// Ops that are written once for each coordinate.
constexpr size_t kMostMembers = 64;

template <typename Container>
Axes without(const Container &all, int64_t position) {
  Axes rest(all.begin(), all.end());
  rest.erase(rest.begin() + position);
  return rest;
}

mlir::RankedTensorType withoutAxis(mlir::RankedTensorType type, int64_t axis) {
  return type.clone(without(type.getShape(), axis));
}

/// The value with, or without, an axis of extent 1.
Value reshapeTo(Builder &b, Value value, mlir::RankedTensorType type) {
  if (value.getType() == type) return value;
  return ir::ReshapeOp::create(b, type, value, mlir::ValueRange(), llvm::to_vector(type.getShape()));
}

/// What a sum over an axis sums, and all that is computed from the same elements.
class Unrolled : public DividedValues {
 public:
  Unrolled(ir::ReduceSumOp sum, int64_t axis)
      : DividedValues(typeOf(sum.getOperand()).getDimSize(axis)),
        sum(sum),
        least(typeOf(sum.getOperand()).getNumElements() / kTimesSmaller) {
    if (mlir::Operation *summed = sum.getOperand().getDefiningOp(); summed && isMember(summed, axis))
      join(summed, axis);
    for (size_t i = 0; i < values.size() && members.size() <= kMostMembers; ++i) {
      if (typeOf(values[i]).getNumElements() < least) continue;
      for (mlir::OpOperand &use : values[i].getUses()) {
        if (std::optional<int64_t> divided = axisBehind(use, axisOf[values[i]])) join(use.getOwner(), *divided);
        if (ir::ForOp loop = carrierOf(use)) carry(loop, use.getOperandNumber(), axisOf[values[i]]);
      }
    }
  }

  bool isWorthIt() {
    return !conflict && members.contains(sum) && members.size() <= kMostMembers && (meetsAgain() || isAlongLanes()) &&
           isSeldomWhole();
  }

 private:
  ir::ReduceSumOp sum;
  const int64_t least;  // elements of a value in whose readers more is found
  llvm::DenseMap<Value, int64_t> axisOf;
  bool conflict = false;  // two axes of one value, or what lies in memory with its coordinates side by side

  //===-- What belongs to it ---------------------------------------------------------------------------------===//

  bool isCoordinates(Value value, int64_t axis) const {
    // What reads a value may make one of fewer axes.
    return typeOf(value).hasStaticShape() && axis < typeOf(value).getRank() &&
           typeOf(value).getDimSize(axis) == static_cast<int64_t>(count);
  }

  /// The axis of an operand that is the op's divided one; none for what is the same for all coordinates.
  static std::optional<int64_t> axisBefore(mlir::Operation *op, unsigned operand, int64_t axis) {
    if (typeOf(op->getOperand(operand)).getRank() == 0) return std::nullopt;
    if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op)) {
      for (auto [i, dim] : llvm::enumerate(broadcast.getDims()))
        if (dim == axis && typeOf(broadcast.getOperand()).getDimSize(i) != 1) return i;
      return std::nullopt;
    }
    return axis;
  }

  /// Is the op, of whose result `axis` is divided, computed for each coordinate?
  bool isMember(mlir::Operation *op, int64_t axis) const {
    if (op->getNumResults() != 1 || !isCoordinates(op->getResult(0), axis)) return false;
    if (op->hasTrait<ir::ElementwiseOp>()) {
      return llvm::all_of(op->getOperands(), [&](Value operand) {
        return typeOf(operand).getRank() == 0 || typeOf(operand).getShape() == typeOf(op->getResult(0)).getShape();
      });
    }
    if (llvm::isa<ir::BroadcastInDimOp>(op)) return true;
    if (auto slice = llvm::dyn_cast<ir::SliceOp>(op)) return isCoordinates(slice.getOperand(), axis);
    // One that shifts coordinates has as many of them, too.
    if (auto pad = llvm::dyn_cast<ir::PadOp>(op))
      return pad.getLow()[axis] == 0 && pad.getHigh()[axis] == 0 && pad.getInterior()[axis] == 0;
    return false;
  }

  /// The divided axis of what the user, if it is a member, makes of a value; -1 for a sum over the divided axis.
  std::optional<int64_t> axisBehind(mlir::OpOperand &use, int64_t axis) const {
    mlir::Operation *user = use.getOwner();
    if (auto reduce = llvm::dyn_cast<ir::ReduceSumOp>(user)) {
      if (llvm::is_contained(reduce.getAxes(), axis)) return -1;
      return axis - llvm::count_if(reduce.getAxes(), [&](int64_t reduced) { return reduced < axis; });
    }
    if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(user)) axis = broadcast.getDims()[axis];
    return isMember(user, axis) ? std::optional(axis) : std::nullopt;
  }

  void note(Value value, int64_t axis) {
    auto [known, isNew] = axisOf.try_emplace(value, axis);
    conflict |= known->second != axis;
  }

  void join(mlir::Operation *op, int64_t axis) {
    llvm::SmallVector<std::pair<mlir::Operation *, int64_t>> pending{{op, axis}};
    while (!pending.empty()) {
      auto [member, divided] = pending.pop_back_val();
      if (divided >= 0) note(member->getResult(0), divided);
      if (!members.insert(member)) continue;
      if (divided >= 0) values.insert(member->getResult(0));
      if (llvm::isa<ir::ReduceSumOp>(member)) continue;
      for (unsigned i = 0; i < member->getNumOperands(); ++i) {
        std::optional<int64_t> before = axisBefore(member, i, divided);
        Value operand = member->getOperand(i);
        if (!before) continue;
        note(operand, *before);
        if (typeOf(operand).getNumElements() < least) continue;
        mlir::Operation *made = operand.getDefiningOp();
        if (made && isMember(made, *before)) {
          pending.push_back({made, *before});
        } else if (*before + 1 == typeOf(operand).getRank() && !ir::splatOf(operand)) {
          conflict = true;
        }
      }
    }
  }

  void carry(ir::ForOp loop, unsigned position, int64_t axis) {
    if (!addLoop(loop, position)) return;
    note(carried.back().argument(), axis);
    note(carried.back().result(), axis);
    note(loop.getInits()[position], axis);
  }

  /// Does a member read what is computed from the sum?
  bool meetsAgain() const {
    llvm::SetVector<mlir::Operation *> behind;
    for (mlir::Operation *member : members)
      if (!axisOf.contains(member->getResult(0))) behind.insert(member);
    for (size_t i = 0; i < behind.size() && i < kMostOpsBetween; ++i)
      for (mlir::Operation *user : behind[i]->getUsers()) {
        if (members.contains(user)) return true;
        if (!llvm::isa<ir::YieldOp>(user)) behind.insert(user);
      }
    return false;
  }

  /// Do vectors of what is summed lie along the coordinates, few lanes of which are elements? It is of pairs then, say:
  /// all that lies in memory is smaller (`conflict`).
  bool isAlongLanes() { return sum.getAxes() == llvm::ArrayRef<int64_t>{typeOf(sum.getOperand()).getRank() - 1}; }

  /// Are few elements put together again, where it is summed?
  bool isSeldomWhole() const {
    int64_t elements = 0;
    for (Value value : values)
      if (depthOf(value.getParentBlock()) >= depthOf(sum->getBlock()) && isWholeAnywhere(value))
        elements += typeOf(value).getNumElements();
    return elements <= least;
  }

  //===-- Rewriting it ---------------------------------------------------------------------------------------===//

  void splitMember(mlir::Operation *op) override {
    Builder b(op->getLoc(), op);
    auto divided = axisOf.find(op->getResult(0));
    Parts its;
    for (size_t part = 0; part < count; ++part) {
      auto operand = [&](unsigned i) { return partOf(op->getOperand(i), part, op); };
      if (auto reduce = llvm::dyn_cast<ir::ReduceSumOp>(op)) {
        its.push_back(sumOf(b, operand(0), reduce));
        continue;
      }
      const int64_t axis = divided->second;
      mlir::RankedTensorType type = withoutAxis(typeOf(op->getResult(0)), axis);
      if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op)) {
        const bool isSame = part > 0 && !axisBefore(op, 0, axis);
        its.push_back(isSame ? its.front() : broadcastOf(b, broadcast, axis, type, part));
      } else if (auto slice = llvm::dyn_cast<ir::SliceOp>(op)) {
        its.push_back(ir::SliceOp::create(b, type, operand(0), without(slice.getStarts(), axis),
                                          without(slice.getLimits(), axis), without(slice.getStrides(), axis)));
      } else if (auto pad = llvm::dyn_cast<ir::PadOp>(op)) {
        its.push_back(ir::PadOp::create(b, type, operand(0), pad.getValue(), without(pad.getLow(), axis),
                                        without(pad.getHigh(), axis), without(pad.getInterior(), axis)));
      } else {
        llvm::SmallVector<Value> operands;
        for (unsigned i = 0; i < op->getNumOperands(); ++i) operands.push_back(operand(i));
        its.push_back(
            b.create(mlir::OperationState(op->getLoc(), op->getName(), operands, type, op->getAttrs()))->getResult(0));
      }
    }
    if (divided != axisOf.end()) {
      parts[op->getResult(0)] = its;
      return;
    }
    Value total = its.front();
    for (Value part : llvm::drop_begin(its)) total = ir::AddOp::create(b, total.getType(), total, part);
    op->getResult(0).replaceAllUsesWith(total);
  }

  /// The sum of a part over the axes that are left.
  Value sumOf(Builder &b, Value part, ir::ReduceSumOp reduce) const {
    const int64_t axis = axisOf.lookup(reduce.getOperand());
    Axes axes;
    for (int64_t reduced : reduce.getAxes())
      if (reduced != axis) axes.push_back(reduced > axis ? reduced - 1 : reduced);
    return axes.empty() ? part : autodiff::sum(b, part, axes);
  }

  Value broadcastOf(Builder &b, ir::BroadcastInDimOp op, int64_t axis, mlir::RankedTensorType type, size_t part) {
    Value operand = op.getOperand();
    Axes dims(op.getDims());
    if (std::optional<int64_t> own = axisBefore(op, 0, axis)) {
      operand = partOf(operand, part, op);
      dims = without(dims, *own);
    } else if (auto *repeated = llvm::find(dims, axis); repeated != dims.end()) {
      operand = reshapeTo(b, operand, withoutAxis(typeOf(operand), repeated - dims.begin()));
      dims.erase(repeated);
    }
    for (int64_t &dim : dims) dim -= dim > axis;
    if (operand.getType() == type && llvm::equal(dims, llvm::seq<int64_t>(type.getRank()))) return operand;
    return ir::BroadcastInDimOp::create(b, type, operand, mlir::ValueRange(), llvm::to_vector(type.getShape()), dims);
  }

  Value leafPart(Builder &b, Value value, size_t part) override {
    const int64_t axis = axisOf.lookup(value);
    if (mlir::SplatElementsAttr splat = ir::splatOf(value)) {
      mlir::RankedTensorType type = withoutAxis(typeOf(value), axis);
      return ir::ConstantOp::create(b, type, splat.resizeSplat(type));
    }
    return autodiff::take(b, value, autodiff::integer(b, static_cast<int64_t>(part)), axis);
  }

  bool readsPart(mlir::OpOperand &use) const override {
    auto slice = llvm::dyn_cast<ir::SliceOp>(use.getOwner());
    const int64_t axis = axisOf.lookup(use.get());
    return slice && !members.contains(slice) && slice.getType().getDimSize(axis) == 1;
  }

  void replaceRead(mlir::OpOperand &use, const Parts &its) override {
    auto slice = llvm::cast<ir::SliceOp>(use.getOwner());
    const int64_t axis = axisOf.lookup(use.get());
    Builder b(slice.getLoc(), slice);
    mlir::RankedTensorType type = withoutAxis(slice.getType(), axis);
    Value part = its[slice.getStarts()[axis]];
    if (part.getType() != type)
      part = ir::SliceOp::create(b, type, part, without(slice.getStarts(), axis), without(slice.getLimits(), axis),
                                 without(slice.getStrides(), axis));
    slice.replaceAllUsesWith(reshapeTo(b, part, slice.getType()));
    slice.erase();
  }

  Value wholeOf(Builder &b, Value value, const Parts &its) override {
    const int64_t axis = axisOf.lookup(value);
    Axes shape(typeOf(value).getShape());
    shape[axis] = 1;
    Parts slices;
    for (Value part : its) slices.push_back(reshapeTo(b, part, typeOf(value).clone(shape)));
    return autodiff::concatenate(b, slices, axis);
  }
};

struct UnrollAxes : impl::UnrollAxesBase<UnrollAxes> {
  void runOnOperation() override {
    llvm::SmallVector<ir::ReduceSumOp> sums;
    getOperation().walk([&](ir::ReduceSumOp op) { sums.push_back(op); });
    llvm::DenseSet<mlir::Operation *> gone;
    for (ir::ReduceSumOp sum : sums) {
      std::optional<int64_t> axis = gone.contains(sum) ? std::nullopt : coordinatesOf(sum);
      if (!axis) continue;
      Unrolled unrolled(sum, *axis);
      if (!unrolled.isWorthIt()) continue;
      gone.insert(unrolled.allMembers().begin(), unrolled.allMembers().end());
      unrolled.rewrite();
    }
    ir::eraseDead(getOperation());
  }

  /// The axis of a sum that may be unrolled.
  static std::optional<int64_t> coordinatesOf(ir::ReduceSumOp sum) {
    mlir::RankedTensorType type = typeOf(sum.getOperand());
    mlir::Type element = type.getElementType();
    const bool addsExactly = element.isF32() || element.isF64() || element.isInteger();  // as sums of them do
    if (!type.hasStaticShape() || type.getNumElements() == 0 || hasFewElements(sum.getOperand()) || !addsExactly)
      return std::nullopt;
    for (int64_t axis : sum.getAxes())
      if (type.getDimSize(axis) > 1 && type.getDimSize(axis) <= kMostCoordinates) return axis;
    return std::nullopt;
  }
};

}  // namespace
}  // namespace etch::passes
