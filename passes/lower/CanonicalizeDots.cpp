#include "mlir/IR/Builders.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "ir/dialect/EtchDialect.h"
#include "passes/Passes.h"

namespace etch::passes {

#define GEN_PASS_DEF_CANONICALIZEDOTS
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;
using Axes = llvm::SmallVector<int64_t>;

mlir::RankedTensorType typeOf(Value value) { return llvm::cast<mlir::RankedTensorType>(value.getType()); }

/// Merges groups of axes of one dot.
class DotCanonicalizer {
 public:
  explicit DotCanonicalizer(ir::DotGeneralOp dot) : dot(dot), b(dot), at(dot.getLoc()) {}

  void run() {
    Axes lhsFree = freeAxes(dot.getLhs(), dot.getLhsBatch(), dot.getLhsContract());
    Axes rhsFree = freeAxes(dot.getRhs(), dot.getRhsBatch(), dot.getRhsContract());
    size_t batch = dot.getLhsBatch().size(), contract = dot.getLhsContract().size();
    if (batch <= 1 && contract <= 1 && lhsFree.size() <= 1 && rhsFree.size() <= 1) return;
    // Extents of the result, group by group, for the reshape back.
    llvm::SmallVector<Value> sizes;
    for (int64_t axis : dot.getLhsBatch()) extent(dot.getLhs(), axis, sizes);
    for (int64_t axis : lhsFree) extent(dot.getLhs(), axis, sizes);
    for (int64_t axis : rhsFree) extent(dot.getRhs(), axis, sizes);

    Value lhs = merge(dot.getLhs(), {dot.getLhsBatch(), lhsFree, dot.getLhsContract()});
    Value rhs = merge(dot.getRhs(), {dot.getRhsBatch(), dot.getRhsContract(), rhsFree});
    // Axes of the merged operands: a group that was empty has none.
    int64_t b1 = batch ? 1 : 0, m1 = lhsFree.empty() ? 0 : 1, k1 = contract ? 1 : 0;
    Axes batchAxes(b1, 0), lhsContract(k1, b1 + m1), rhsContract(k1, b1);
    Axes shape;
    if (b1) shape.push_back(typeOf(lhs).getDimSize(0));
    if (m1) shape.push_back(typeOf(lhs).getDimSize(b1));
    if (!rhsFree.empty()) shape.push_back(typeOf(rhs).getDimSize(b1 + k1));
    auto type = mlir::RankedTensorType::get(shape, dot.getType().getElementType());
    Value merged = ir::DotGeneralOp::create(b, at, type, lhs, rhs, batchAxes, batchAxes, lhsContract, rhsContract);
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

  /// The operand with the axes of each group next to each other, as one axis a group.
  Value merge(Value operand, llvm::ArrayRef<llvm::ArrayRef<int64_t>> groups) {
    Axes permutation, shape;
    llvm::SmallVector<Value> sizes;
    for (llvm::ArrayRef<int64_t> group : groups) {
      if (group.empty()) continue;
      llvm::append_range(permutation, group);
      int64_t known = 1;
      Value unknown;
      for (int64_t axis : group) {
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
      auto factor = ir::ConstantOp::create(b, at, scalar, llvm::cast<mlir::ElementsAttr>(mlir::DenseElementsAttr::get(scalar, known)));
      sizes.push_back(known == 1 ? unknown : ir::MulOp::create(b, at, unknown, factor).getResult());
    }
    Axes permuted;
    for (int64_t axis : permutation) permuted.push_back(typeOf(operand).getDimSize(axis));
    mlir::Type element = typeOf(operand).getElementType();
    Value ordered = ir::TransposeOp::create(b, at, mlir::RankedTensorType::get(permuted, element), operand, permutation);
    return reshape(ordered, mlir::RankedTensorType::get(shape, element), sizes);
  }
};

struct CanonicalizeDots : impl::CanonicalizeDotsBase<CanonicalizeDots> {
  void runOnOperation() override {
    getOperation().walk([](ir::DotGeneralOp dot) { DotCanonicalizer(dot).run(); });
  }
};

}  // namespace
}  // namespace etch::passes
