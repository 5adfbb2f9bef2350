#include <algorithm>

#include "mlir/IR/Builders.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "ir/dialect/EtchDialect.h"
#include "passes/Passes.h"

namespace etch::passes {

using ir::typeOf;

#define GEN_PASS_DEF_CANONICALIZEDOTS
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;
using Axes = llvm::SmallVector<int64_t>;

/// Merges groups of axes of one dot.
class DotCanonicalizer {
 public:
  explicit DotCanonicalizer(ir::DotGeneralOp dot) : dot(dot), b(dot), at(dot.getLoc()) {}

  void run() {
    Axes lhsFree = freeAxes(dot.getLhs(), dot.getLhsBatch(), dot.getLhsContract());
    Axes rhsFree = freeAxes(dot.getRhs(), dot.getRhsBatch(), dot.getRhsContract());
    size_t batch = dot.getLhsBatch().size(), contract = dot.getLhsContract().size();
    bool isMerged = batch <= 1 && contract <= 1 && lhsFree.size() <= 1 && rhsFree.size() <= 1;
    if (isMerged && !isBatchInnermost(dot.getLhs(), dot.getLhsBatch()) &&
        !isBatchInnermost(dot.getRhs(), dot.getRhsBatch()))
      return;
    // Extents of the result, group by group, for the reshape back.
    llvm::SmallVector<Value> sizes;
    for (auto [l, r] : llvm::zip(dot.getLhsBatch(), dot.getRhsBatch()))
      if (typeOf(dot.getRhs()).isDynamicDim(r)) extent(dot.getLhs(), l, sizes);
    for (int64_t axis : lhsFree) extent(dot.getLhs(), axis, sizes);
    for (int64_t axis : rhsFree) extent(dot.getRhs(), axis, sizes);

    Merged lhs = merge(dot.getLhs(), {dot.getLhsBatch(), lhsFree, dot.getLhsContract()});
    Merged rhs = merge(dot.getRhs(), {dot.getRhsBatch(), rhsFree, dot.getRhsContract()});
    Axes shape;
    // A batch extent unknown on one side may be known on the other.
    for (auto [l, r] : llvm::zip(lhs.axes[0], rhs.axes[0]))
      shape.push_back(typeOf(lhs.value).isDynamicDim(l) ? typeOf(rhs.value).getDimSize(r)
                                                        : typeOf(lhs.value).getDimSize(l));
    for (int64_t axis : lhs.axes[1]) shape.push_back(typeOf(lhs.value).getDimSize(axis));
    for (int64_t axis : rhs.axes[1]) shape.push_back(typeOf(rhs.value).getDimSize(axis));
    auto type = mlir::RankedTensorType::get(shape, dot.getType().getElementType());
    Value merged =
        ir::DotGeneralOp::create(b, at, type, lhs.value, rhs.value, lhs.axes[0], rhs.axes[0], lhs.axes[2], rhs.axes[2]);
    dot.replaceAllUsesWith(reshape(merged, dot.getType(), sizes));
    dot.erase();
  }

 private:
  ir::DotGeneralOp dot;
  mlir::OpBuilder b;
  mlir::Location at;

  static Axes freeAxes(Value operand, llvm::ArrayRef<int64_t> batch, llvm::ArrayRef<int64_t> contract) {
    Axes free;
    for (int64_t axis = 0; axis < typeOf(operand).getRank(); ++axis)
      if (!llvm::is_contained(batch, axis) && !llvm::is_contained(contract, axis)) free.push_back(axis);
    return free;
  }

  /// The kernels read along the free or the contracted axis: one of them must have neighbouring elements.
  static bool isBatchInnermost(Value operand, llvm::ArrayRef<int64_t> batch) {
    int64_t last = typeOf(operand).getRank() - 1;
    return llvm::is_contained(batch, last) && typeOf(operand).getDimSize(last) != 1;
  }

  Value dim(Value operand, int64_t axis) {
    return ir::DimOp::create(b, at, mlir::RankedTensorType::get({}, b.getI64Type()), operand, axis);
  }
  void extent(Value operand, int64_t axis, llvm::SmallVector<Value> &sizes) {
    if (typeOf(operand).isDynamicDim(axis)) sizes.push_back(dim(operand, axis));
  }

  Value reshape(Value operand, mlir::RankedTensorType type, llvm::ArrayRef<Value> sizes) {
    Axes shape;
    for (int64_t extent : type.getShape()) shape.push_back(mlir::ShapedType::isDynamic(extent) ? -1 : extent);
    return ir::ReshapeOp::create(b, at, type, operand, sizes, shape);
  }

  /// An operand with one axis a group; axes[g] is that axis, or nothing for an empty group.
  struct Merged {
    Value value;
    std::array<Axes, 3> axes;
  };

  /// Brings the axes of each group (batch, free, contracted) together and merges them. Groups keep the order in which
  /// they lie in memory, where their axes are neighbours already nothing moves; only a batch never comes last.
  Merged merge(Value operand, std::array<llvm::ArrayRef<int64_t>, 3> groups) {
    Merged merged;
    llvm::SmallVector<int64_t, 3> order;
    for (int64_t g = 0; g < 3; ++g)
      if (!groups[g].empty()) order.push_back(g);
    llvm::sort(order,
               [&](int64_t x, int64_t y) { return *llvm::min_element(groups[x]) < *llvm::min_element(groups[y]); });
    const bool repeats = llvm::any_of(groups[0], [&](int64_t axis) { return typeOf(operand).getDimSize(axis) != 1; });
    if (repeats && order.back() == 0) std::rotate(order.begin(), order.end() - 1, order.end());
    Axes permutation, shape;
    llvm::SmallVector<Value> sizes;
    for (int64_t g : order) {
      merged.axes[g].push_back(shape.size());
      llvm::append_range(permutation, groups[g]);
      int64_t known = 1;
      Value unknown;
      for (int64_t axis : groups[g]) {
        if (!typeOf(operand).isDynamicDim(axis)) {
          known *= typeOf(operand).getDimSize(axis);
          continue;
        }
        Value size = dim(operand, axis);
        unknown = unknown ? ir::MulOp::create(b, at, unknown, size).getResult() : size;
      }
      shape.push_back(unknown ? mlir::ShapedType::kDynamic : known);
      if (!unknown) continue;
      auto scalar = mlir::RankedTensorType::get({}, b.getI64Type());
      auto factor = ir::ConstantOp::create(b, at, scalar,
                                           llvm::cast<mlir::ElementsAttr>(mlir::DenseElementsAttr::get(scalar, known)));
      sizes.push_back(known == 1 ? unknown : ir::MulOp::create(b, at, unknown, factor).getResult());
    }
    Axes permuted;
    for (int64_t axis : permutation) permuted.push_back(typeOf(operand).getDimSize(axis));
    mlir::Type element = typeOf(operand).getElementType();
    Value ordered =
        ir::TransposeOp::create(b, at, mlir::RankedTensorType::get(permuted, element), operand, permutation);
    merged.value = reshape(ordered, mlir::RankedTensorType::get(shape, element), sizes);
    return merged;
  }
};

struct CanonicalizeDots : impl::CanonicalizeDotsBase<CanonicalizeDots> {
  void runOnOperation() override {
    getOperation().walk([](ir::DotGeneralOp dot) { DotCanonicalizer(dot).run(); });
  }
};

}  // namespace
}  // namespace etch::passes
