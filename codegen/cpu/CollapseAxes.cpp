#include "codegen/cpu/CollapseAxes.h"

#include <map>
#include <vector>

#include "ir/dialect/EtchDialect.h"
#include "llvm/ADT/TypeSwitch.h"

namespace etch::codegen {

using ir::typeOf;
using mlir::Value;

namespace {

using Extents = llvm::ArrayRef<int64_t>;
using Numbers = llvm::SmallVector<int64_t>;

/// Which neighbouring axes of which shapes are one. Tensors of one shape are seen alike.
class AxisPairs {
 public:
  /// Axes i and i + 1 of a shape.
  struct Pair {
    Extents shape;
    int64_t first;
  };

  /// The pairs stay apart.
  void apart(Pair pair) { meet(number(pair), kApart); }
  /// One is merged if and only if the other is.
  void alike(Pair x, Pair y) { meet(number(x), number(y)); }
  void allApart(Extents shape) {
    for (int64_t i = 0; i + 1 < rankOf(shape); ++i) apart({shape, i});
  }

  static int64_t rankOf(Extents shape) { return static_cast<int64_t>(shape.size()); }

  bool areMerged(Pair pair) { return find(number(pair)) != find(kApart); }
  /// For each axis the number of the merged one.
  Numbers groupsOf(Extents shape) {
    Numbers groups;
    for (int64_t axis = 0; axis < rankOf(shape); ++axis)
      groups.push_back(axis == 0 ? 0 : groups.back() + !areMerged({shape, axis - 1}));
    return groups;
  }
  Numbers merged(Extents shape) {
    Numbers result;
    for (auto [axis, group] : llvm::enumerate(groupsOf(shape))) {
      if (static_cast<size_t>(group) == result.size()) result.push_back(1);
      result.back() *= shape[axis];
    }
    return result;
  }

 private:
  static constexpr size_t kApart = 0;
  std::vector<size_t> parents{kApart};
  std::map<std::vector<int64_t>, size_t> firstOf;  // the first pair's number

  size_t number(Pair pair) {
    auto [found, isNew] = firstOf.try_emplace(pair.shape.vec(), parents.size());
    for (size_t i = 0; isNew && i + 1 < pair.shape.size(); ++i) parents.push_back(parents.size());
    return found->second + static_cast<size_t>(pair.first);
  }
  size_t find(size_t x) const {
    while (parents[x] != x) x = parents[x];
    return x;
  }
  void meet(size_t x, size_t y) { parents[find(x)] = find(y); }
};

/// What an op demands of its operand's and its result's axes, and what becomes of its attributes when they are met.
class Collapse {
 public:
  explicit Collapse(mlir::Block &body) : body(body) {}

  void run() {
    for (mlir::Operation &op : body.without_terminator())
      if (!demand(&op)) return;
    for (mlir::Operation &op : body.without_terminator()) rewrite(&op);
    for (mlir::BlockArgument argument : body.getArguments()) retype(argument);
    for (mlir::Operation &op : body.without_terminator())
      for (Value result : op.getResults()) retype(result);
  }

 private:
  mlir::Block &body;
  AxisPairs pairs;

  static Extents shapeOf(Value tensor) { return typeOf(tensor).getShape(); }

  void retype(Value tensor) {
    mlir::RankedTensorType type = typeOf(tensor);
    tensor.setType(mlir::RankedTensorType::get(pairs.merged(type.getShape()), type.getElementType()));
  }

  //===-- Demands --------------------------------------------------------------------------------------------===//

  /// False for ops that this file does not know.
  bool demand(mlir::Operation *op) {
    if (op->hasTrait<ir::ElementwiseOp>()) return true;
    if (ir::family_of(*ir::opCodeOf(op)) == ir::Family::Reduction) return demandOfReduction(op), true;
    return llvm::TypeSwitch<mlir::Operation *, bool>(op)
        .Case([&](ir::ConstantOp constant) {
          if (!llvm::isa<mlir::SplatElementsAttr>(constant.getValue())) pairs.allApart(shapeOf(constant));
          return true;
        })
        .Case([&](ir::IotaOp iota) {
          const auto axis = static_cast<int64_t>(iota.getAxis());
          eachPair(shapeOf(iota), [&](int64_t i) { return i + 1 != axis && i != axis; });
          return true;
        })
        .Case([&](ir::BroadcastInDimOp broadcast) { return demandOfBroadcast(broadcast), true; })
        .Case(
            [&](ir::ReshapeOp reshape) { return demandOfView(shapeOf(reshape.getOperand()), shapeOf(reshape)), true; })
        .Case([&](ir::TransposeOp transpose) {
          demandOfMapping(shapeOf(transpose.getOperand()), shapeOf(transpose), transpose.getPermutation());
          return true;
        })
        .Case([&](ir::ConcatenateOp concatenate) {
          const auto axis = static_cast<int64_t>(concatenate.getAxis());
          for (Value operand : concatenate.getInputs())
            bothWhere(shapeOf(operand), shapeOf(concatenate), [&](int64_t i) { return i + 1 != axis; });
          return true;
        })
        .Case([&](ir::SliceOp slice) {
          Extents shape = shapeOf(slice.getOperand());
          bothWhere(shape, shapeOf(slice), [&](int64_t i) {
            return slice.getStrides()[i] == 1 && slice.getStrides()[i + 1] == 1 && slice.getStarts()[i + 1] == 0 &&
                   slice.getLimits()[i + 1] == shape[i + 1];
          });
          return true;
        })
        .Case([&](ir::PadOp pad) {
          bothWhere(shapeOf(pad.getOperand()), shapeOf(pad), [&](int64_t i) {
            return pad.getInterior()[i] == 0 && pad.getInterior()[i + 1] == 0 && pad.getLow()[i + 1] == 0 &&
                   pad.getHigh()[i + 1] == 0;
          });
          return true;
        })
        .Case([&](ir::ReverseOp reverse) {
          auto isReversed = [&](int64_t axis) { return llvm::is_contained(reverse.getAxes(), axis); };
          eachPair(shapeOf(reverse), [&](int64_t i) { return isReversed(i) == isReversed(i + 1); });
          return true;
        })
        .Default(false);
  }

  void eachPair(Extents shape, llvm::function_ref<bool(int64_t)> mayMerge) {
    for (int64_t i = 0; i + 1 < AxisPairs::rankOf(shape); ++i)
      if (!mayMerge(i)) pairs.apart({shape, i});
  }
  /// Of operand and result, whose axes are the same.
  void bothWhere(Extents operand, Extents result, llvm::function_ref<bool(int64_t)> mayMerge) {
    for (int64_t i = 0; i + 1 < AxisPairs::rankOf(result); ++i) {
      pairs.alike({operand, i}, {result, i});
      if (!mayMerge(i)) pairs.apart({result, i});
    }
  }

  /// Axis i of the result is axis sources[i] of the operand; there may be more of those.
  void demandOfMapping(Extents operand, Extents result, llvm::ArrayRef<int64_t> sources) {
    Numbers follows(operand.size(), -1);  // the result's pair that an operand's is
    for (int64_t i = 0; i + 1 < static_cast<int64_t>(sources.size()); ++i) {
      if (sources[i + 1] != sources[i] + 1) {
        pairs.apart({result, i});
        continue;
      }
      follows[sources[i]] = i;
      pairs.alike({operand, sources[i]}, {result, i});
    }
    eachPair(operand, [&](int64_t i) { return follows[i] >= 0; });
  }

  void demandOfReduction(mlir::Operation *op) {
    Extents operand = shapeOf(op->getOperand(0));
    Numbers kept;
    for (int64_t axis = 0; axis < AxisPairs::rankOf(operand); ++axis)
      if (!isReduced(op, axis)) kept.push_back(axis);
    demandOfMapping(operand, shapeOf(op->getResult(0)), kept);
  }
  static bool isReduced(mlir::Operation *op, int64_t axis) {
    if (auto axes = op->getAttrOfType<mlir::DenseI64ArrayAttr>("axes"))
      return llvm::is_contained(axes.asArrayRef(), axis);
    return op->getAttrOfType<mlir::IntegerAttr>("axis").getInt() == axis;
  }

  void demandOfBroadcast(ir::BroadcastInDimOp broadcast) {
    Extents operand = shapeOf(broadcast.getOperand()), result = shapeOf(broadcast);
    // For each axis of the result the operand's; whether the operand's elements follow each other along it.
    Numbers sources(result.size(), -1);
    llvm::SmallVector<bool> isMoved(result.size(), false);
    for (auto [axis, target] : llvm::enumerate(broadcast.getDims())) {
      sources[target] = static_cast<int64_t>(axis);
      isMoved[target] = operand[axis] == result[target];
    }
    Numbers follows(operand.size(), -1);
    for (int64_t i = 0; i + 1 < AxisPairs::rankOf(result); ++i) {
      if (sources[i] < 0 && sources[i + 1] < 0) continue;
      const bool sideBySide = sources[i] >= 0 && sources[i + 1] == sources[i] + 1;
      if (!sideBySide || isMoved[i] != isMoved[i + 1]) {
        pairs.apart({result, i});
        continue;
      }
      follows[sources[i]] = i;
      pairs.alike({operand, sources[i]}, {result, i});
    }
    eachPair(operand, [&](int64_t i) { return follows[i] >= 0; });
  }

  /// Axes of extent 1 come and go, and stay apart from the others.
  void demandOfView(Extents operand, Extents result) {
    Numbers from, to;  // the longer axes
    for (int64_t axis = 0; axis < AxisPairs::rankOf(operand); ++axis)
      if (operand[axis] != 1) from.push_back(axis);
    for (int64_t axis = 0; axis < AxisPairs::rankOf(result); ++axis)
      if (result[axis] != 1) to.push_back(axis);
    llvm::SmallDenseSet<int64_t> followed[2];
    for (size_t i = 0; i + 1 < from.size(); ++i) {
      if (from[i + 1] != from[i] + 1 || to[i + 1] != to[i] + 1) continue;
      pairs.alike({operand, from[i]}, {result, to[i]});
      followed[0].insert(from[i]);
      followed[1].insert(to[i]);
    }
    eachPair(operand, [&](int64_t i) { return followed[0].contains(i); });
    eachPair(result, [&](int64_t i) { return followed[1].contains(i); });
  }

  //===-- Attributes -----------------------------------------------------------------------------------------===//

  /// Of the axes of `shape`: merged ones once.
  Numbers mergedAxes(Extents shape, llvm::ArrayRef<int64_t> axes) {
    Numbers groups = pairs.groupsOf(shape), result;
    for (int64_t axis : axes)
      if (!llvm::is_contained(result, groups[axis])) result.push_back(groups[axis]);
    return result;
  }
  /// Numbers along the axes of `shape`; inside a merged axis all but the first are those of whole axes.
  Numbers scaled(Extents shape, llvm::ArrayRef<int64_t> values) {
    Numbers groups = pairs.groupsOf(shape), result;
    for (auto [axis, value] : llvm::enumerate(values)) {
      if (static_cast<size_t>(groups[axis]) == result.size())
        result.push_back(value);
      else
        result.back() *= shape[axis];
    }
    return result;
  }
  Numbers firstOfEach(Extents shape, llvm::ArrayRef<int64_t> values) {
    Numbers groups = pairs.groupsOf(shape), result;
    for (auto [axis, value] : llvm::enumerate(values))
      if (static_cast<size_t>(groups[axis]) == result.size()) result.push_back(value);
    return result;
  }

  void rewrite(mlir::Operation *op) {
    mlir::Builder b(op->getContext());
    auto setAxis = [&](Extents shape) {
      const int64_t axis = op->getAttrOfType<mlir::IntegerAttr>("axis").getInt();
      op->setAttr("axis", b.getI64IntegerAttr(pairs.groupsOf(shape)[axis]));
    };
    if (ir::family_of(*ir::opCodeOf(op)) == ir::Family::Reduction) {
      Extents shape = shapeOf(op->getOperand(0));
      auto axes = op->getAttrOfType<mlir::DenseI64ArrayAttr>("axes");
      if (!axes) return setAxis(shape);
      op->setAttr("axes", b.getDenseI64ArrayAttr(mergedAxes(shape, axes.asArrayRef())));
      return;
    }
    llvm::TypeSwitch<mlir::Operation *>(op)
        .Case([&](ir::ConstantOp constant) {
          auto splat = llvm::dyn_cast<mlir::SplatElementsAttr>(constant.getValue());
          if (splat) constant.setValueAttr(splat.resizeSplat(splat.getType().clone(pairs.merged(shapeOf(constant)))));
        })
        .Case([&](ir::IotaOp iota) {
          setAxis(shapeOf(iota));
          iota.setShape(pairs.merged(shapeOf(iota)));
        })
        .Case([&](ir::BroadcastInDimOp broadcast) {
          Extents operand = shapeOf(broadcast.getOperand()), result = shapeOf(broadcast);
          Numbers groups = pairs.groupsOf(result), dims;
          for (int64_t dim : firstOfEach(operand, broadcast.getDims())) dims.push_back(groups[dim]);
          broadcast.setDims(dims);
          broadcast.setShape(pairs.merged(result));
        })
        .Case([&](ir::ReshapeOp reshape) { reshape.setShape(pairs.merged(shapeOf(reshape))); })
        .Case([&](ir::TransposeOp transpose) {
          Numbers groups = pairs.groupsOf(shapeOf(transpose.getOperand())), permutation;
          for (int64_t axis : firstOfEach(shapeOf(transpose), transpose.getPermutation()))
            permutation.push_back(groups[axis]);
          transpose.setPermutation(permutation);
        })
        .Case([&](ir::ConcatenateOp concatenate) { setAxis(shapeOf(concatenate)); })
        .Case([&](ir::SliceOp slice) {
          Extents shape = shapeOf(slice.getOperand());
          slice.setStarts(scaled(shape, slice.getStarts()));
          slice.setLimits(scaled(shape, slice.getLimits()));
          slice.setStrides(firstOfEach(shape, slice.getStrides()));
        })
        .Case([&](ir::PadOp pad) {
          Extents shape = shapeOf(pad.getOperand());
          pad.setLow(scaled(shape, pad.getLow()));
          pad.setHigh(scaled(shape, pad.getHigh()));
          pad.setInterior(firstOfEach(shape, pad.getInterior()));
        })
        .Case([&](ir::ReverseOp reverse) { reverse.setAxes(mergedAxes(shapeOf(reverse), reverse.getAxes())); });
  }
};

}  // namespace

void collapseAxes(mlir::func::FuncOp kernel) {
  mlir::Block &body = kernel.getBody().front();
  auto isKnown = [](Value value) { return typeOf(value).hasStaticShape(); };
  if (!llvm::all_of(body.getArguments(), isKnown)) return;
  for (mlir::Operation &op : body.without_terminator())
    if (!llvm::all_of(op.getResults(), isKnown)) return;
  Collapse(body).run();
}

}  // namespace etch::codegen
